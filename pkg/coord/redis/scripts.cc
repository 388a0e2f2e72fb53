#include "coord/redis/scripts.h"

namespace matinee::coord::redis {
namespace {

// Every script of the queues has as KEYS the stream and the index of each queue, in the order of
// the table; one more key, if there is one, comes last. Queues are numbered from 1. An index maps
// the key of a job to the entry that is its live job. Times are Redis' own, in microseconds since
// 1970.
const char* const kCommon = R"lua(
local GROUP = 'workers'

local QUEUES = math.floor(#KEYS / 2)
local function stream_of(queue) return KEYS[2 * queue - 1] end
local function index_of(queue) return KEYS[2 * queue] end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function number(value) return string.format('%.0f', value) end
)lua";

const char* const kEntries = R"lua(
-- Whether the entry is in flight at this consumer. Another may have reclaimed it.
local function mine(queue, consumer, id)
  local pending = redis.pcall('XPENDING', stream_of(queue), GROUP, id, id, 1, consumer)
  return not pending.err and #pending > 0
end

-- Acknowledges the entry, and ends the live job of its key, unless that is another entry now.
local function finish(queue, id, key)
  redis.call('XACK', stream_of(queue), GROUP, id)
  if key and redis.call('HGET', index_of(queue), key) == id then
    redis.call('HDEL', index_of(queue), key)
  end
end
)lua";

const char* const kFields = R"lua(
-- The fields of an entry as one list, cut after more than a job ever has; nothing if there is no
-- such entry.
local function fields_of(queue, id)
  local entries = redis.pcall('XRANGE', stream_of(queue), id, id)
  local fields = entries[1] and entries[1][2]
  return fields and {unpack(fields, 1, math.min(#fields, 32))}
end

local function field_of(fields, name)
  for i = 3, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
end

-- The key of the job. Version 0.1.0 wrote none: there it was the subject, the first field's value.
local function key_of(fields) return field_of(fields, 'key') or fields[2] end
)lua";

const char* const kIsLive = R"lua(
-- Whether entry id a comes after b.
local function after(a, b)
  local a_time, a_count = string.match(a, '^(%d+)-(%d+)$')
  local b_time, b_count = string.match(b, '^(%d+)-(%d+)$')
  if not a_time or not b_time then return false end
  if a_time ~= b_time then return tonumber(a_time) > tonumber(b_time) end
  return tonumber(a_count) > tonumber(b_count)
end

local function group_of(queue)
  local groups = redis.pcall('XINFO', 'GROUPS', stream_of(queue))
  if groups.err then return nil end
  for _, flat in ipairs(groups) do
    local group = {}
    for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
    if group.name == GROUP then return group end
  end
end

local last_delivered = {}

-- Whether an entry is the live job of the key: queued, or in flight. The index alone does not say: a
-- Redis that evicts keys, or a person, can remove a stream and leave its index, and the keys in it
-- would never get a job again. A stream that begins again may even repeat an id.
local function is_live(queue, key, id)
  local stream = stream_of(queue)
  local fields = fields_of(queue, id)
  if fields and key_of(fields) ~= key then return false end
  local pending = redis.pcall('XPENDING', stream, GROUP, id, id, 1)
  if not pending.err and #pending > 0 then return true end
  if not fields then return false end
  if not last_delivered[queue] then
    local group = group_of(queue)
    last_delivered[queue] = group and group['last-delivered-id'] or '0-0'
  end
  return after(id, last_delivered[queue])
end
)lua";

const char* const kTerm = R"lua(
local function stored_term(key) return tonumber(redis.call('GET', key) or '0') or 0 end
)lua";

// The last key: the leader's term. ARGV: queue, jobs of it at most, term of the caller or 0, kind,
// subject, traceparent, key.
const char* const kEnqueue = R"lua(
local queue, key = tonumber(ARGV[1]), ARGV[7]
local term = tonumber(ARGV[3])
if term > 0 and term < stored_term(KEYS[#KEYS]) then return 'superseded' end
for other = 1, QUEUES do
  local id = redis.call('HGET', index_of(other), key)
  if id then
    if is_live(other, key, id) then return 'live' end
    redis.call('HDEL', index_of(other), key)
  end
end
if redis.call('HLEN', index_of(queue)) >= tonumber(ARGV[2]) then return 'full' end
local id = redis.call('XADD', stream_of(queue), '*', ARGV[4], ARGV[5], 'traceparent', ARGV[6],
                      'at', number(now()), 'key', key)
redis.call('HSET', index_of(queue), key, id)
return 'added'
)lua";

// ARGV: consumer, then the queues to look at. Returns queue, entry id, fields, the time; or
// nothing. One queue after the other: COUNT is of each stream, so one read over several returns
// several.
const char* const kReceive = R"lua(
for i = 2, #ARGV do
  local queue = tonumber(ARGV[i])
  local read = {'XREADGROUP', 'GROUP', GROUP, ARGV[1], 'COUNT', 1, 'STREAMS', stream_of(queue), '>'}
  local streams = redis.pcall(unpack(read))
  if streams and streams.err then
    if not string.find(streams.err, 'NOGROUP', 1, true) then return streams end
    redis.call('XGROUP', 'CREATE', stream_of(queue), GROUP, '0', 'MKSTREAM')
    streams = redis.call(unpack(read))
  end
  if streams then
    local entry = streams[1][2][1]
    return {queue, entry[1], entry[2], number(now())}
  end
end
return false
)lua";

// ARGV: consumer, visibility timeout in ms, the longest gap between heartbeats and how long there
// must have been none (both in us), the last heartbeat, since when they are stable, the number of
// queues to look at, these queues, then "queue id" of all entries in flight here. Returns what
// kReceive returns: an entry of a crashed consumer.
//
// A consumer that was itself paused must not reclaim from others: after a pause of Redis, of the
// network or of the whole machine, all entries look idle until the consumers have had the time to
// send heartbeats again.
const char* const kReclaim = R"lua(
local time = now()
local gap, settled = tonumber(ARGV[3]), tonumber(ARGV[4])
local last_heartbeat, stable_since = tonumber(ARGV[5]), tonumber(ARGV[6])
if math.abs(time - last_heartbeat) > gap or time - stable_since <= settled then return false end
local queues = tonumber(ARGV[7])
local in_flight, in_flight_count = {}, 0
for i = 8 + queues, #ARGV do
  in_flight[ARGV[i]] = true
  in_flight_count = in_flight_count + 1
end
for i = 8, 7 + queues do
  local queue = tonumber(ARGV[i])
  -- One more than the entries that would be passed over.
  local idle = redis.pcall('XPENDING', stream_of(queue), GROUP, 'IDLE', ARGV[2], '-', '+',
                           in_flight_count + 1)
  for _, left in ipairs(idle.err and {} or idle) do
    local id = left[1]
    if not in_flight[queue .. ' ' .. id] then
      local claimed = redis.call('XCLAIM', stream_of(queue), GROUP, ARGV[1], ARGV[2], id)
      local entry = claimed[1]
      if entry then return {queue, entry[1], entry[2], number(time)} end
      redis.call('XACK', stream_of(queue), GROUP, id)  -- The entry was removed from the stream.
    end
  end
end
return false
)lua";

// The last key: the heartbeat record of all consumers. ARGV: consumer, the longest gap between
// heartbeats (us), then "queue id" of all entries in flight here. Returns the time, and since when
// any consumer has sent heartbeats without a gap. An entry that another has reclaimed stays with
// it. JUSTID: a heartbeat is not a delivery.
const char* const kHeartbeat = R"lua(
for i = 3, #ARGV do
  local queue, id = string.match(ARGV[i], '^(%d+) (.+)$')
  queue = tonumber(queue)
  if mine(queue, ARGV[1], id) then
    redis.call('XCLAIM', stream_of(queue), GROUP, ARGV[1], 0, id, 'JUSTID')
  end
end
local record = KEYS[#KEYS]
local time = now()
local last = tonumber(redis.call('HGET', record, 'last') or '0') or 0
local since = tonumber(redis.call('HGET', record, 'since') or '0') or 0
if math.abs(time - last) > tonumber(ARGV[2]) then since = time end
redis.call('HSET', record, 'last', number(time), 'since', number(since))
return {number(time), number(since)}
)lua";

// ARGV: consumer, queue, entry id, key. Not XDEL: it would make the group's lag unknown, by which
// KEDA scales.
const char* const kAck = R"lua(
local queue, id = tonumber(ARGV[2]), ARGV[3]
if not mine(queue, ARGV[1], id) then return 0 end
finish(queue, id, ARGV[4])
return 1
)lua";

// ARGV: consumer, queue, entry id, 1 if the job was redelivered. The entry goes to the end, with
// the time it had.
const char* const kNack = R"lua(
local queue, id = tonumber(ARGV[2]), ARGV[3]
if not mine(queue, ARGV[1], id) then return 0 end
local fields = fields_of(queue, id)
if fields then
  local key = key_of(fields)
  if ARGV[4] == '1' and not field_of(fields, 'redelivered') then
    fields[#fields + 1] = 'redelivered'
    fields[#fields + 1] = '1'
  end
  local new_id = redis.call('XADD', stream_of(queue), '*', unpack(fields))
  if key then redis.call('HSET', index_of(queue), key, new_id) end
end
redis.call('XACK', stream_of(queue), GROUP, id)
return 1
)lua";

// The last key: the stream of dead letters. ARGV: consumer, queue, entry id, reason, the queue's
// name, dead letters at most. Dead letters are a log, so the oldest may go.
const char* const kDeadLetter = R"lua(
local queue, id = tonumber(ARGV[2]), ARGV[3]
if not mine(queue, ARGV[1], id) then return 0 end
local fields = fields_of(queue, id) or {}
redis.call('XADD', KEYS[#KEYS], 'MAXLEN', ARGV[6], '*', 'reason', ARGV[4], 'queue', ARGV[5],
           unpack(fields))
finish(queue, id, key_of(fields))
return 1
)lua";

// ARGV: keys. Returns those that have a live job.
const char* const kFilterLive = R"lua(
local live = {}
for _, key in ipairs(ARGV) do
  for queue = 1, QUEUES do
    local id = redis.call('HGET', index_of(queue), key)
    if id and is_live(queue, key, id) then
      live[#live + 1] = key
      break
    end
  end
end
return live
)lua";

// ARGV: the jobs that each queue holds at most. Returns queued, in flight and the age in ms of the
// oldest that is queued, by queue. Redis 7 knows the lag unless entries were removed by hand;
// otherwise they are counted, at most as many as the queue holds.
const char* const kState = R"lua(
local state = {}
for queue = 1, QUEUES do
  local stream = stream_of(queue)
  local group = group_of(queue) or {pending = 0}
  local from = '(' .. (group['last-delivered-id'] or '0-0')
  local queued = group.lag
  if not queued then queued = #redis.call('XRANGE', stream, from, '+', 'COUNT', ARGV[queue]) end
  local oldest = redis.call('XRANGE', stream, from, '+', 'COUNT', 1)[1]
  local age = 0
  if oldest then
    local at = tonumber(string.match(oldest[1], '^%d+')) * 1000
    for i = 1, #oldest[2], 2 do
      if oldest[2][i] == 'at' then at = tonumber(oldest[2][i + 1]) or at end
    end
    age = math.max(0, math.floor((now() - at) / 1000))
  end
  state[#state + 1] = {queued, group.pending, age}
end
return state
)lua";

const char* const kCreateGroups = R"lua(
for queue = 1, QUEUES do
  if not group_of(queue) then
    redis.call('XGROUP', 'CREATE', stream_of(queue), GROUP, '0', 'MKSTREAM')
  end
end
return 1
)lua";

// ARGV: consumer, after how many idle ms another consumer is deleted.
const char* const kTrim = R"lua(
for queue = 1, QUEUES do
  local stream, index, group = stream_of(queue), index_of(queue), group_of(queue)
  if group then
    -- Everything before the first entry that is unfinished or undelivered. By id and not by count:
    -- a count can reach entries that were never delivered.
    local keep = group['last-delivered-id']
    local pending = redis.call('XPENDING', stream, GROUP)
    if pending[1] > 0 and after(keep, pending[2]) then keep = pending[2] end
    redis.call('XTRIM', stream, 'MINID', keep)
    for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', stream, GROUP)) do
      local consumer = {}
      for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
      if consumer.name ~= ARGV[1] and consumer.pending == 0 and
          consumer.idle > tonumber(ARGV[2]) then
        redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, consumer.name)
      end
    end
  end
  -- More live jobs than entries: some entries are gone, see is_live().
  if redis.call('HLEN', index) > redis.call('XLEN', stream) then
    local known = redis.call('HGETALL', index)
    for i = 1, #known, 2 do
      if not is_live(queue, known[i], known[i + 1]) then redis.call('HDEL', index, known[i]) end
    end
  end
end
return 1
)lua";

// ARGV: consumer. It is deleted from each group in which it has no entry in flight.
const char* const kDeleteConsumer = R"lua(
for queue = 1, QUEUES do
  local pending = redis.pcall('XPENDING', stream_of(queue), GROUP, '-', '+', 1, ARGV[1])
  if not pending.err and #pending == 0 then
    redis.call('XGROUP', 'DELCONSUMER', stream_of(queue), GROUP, ARGV[1])
  end
end
return 1
)lua";

// KEYS: value, term of the lease. ARGV: value, term of the caller or 0, lifetime in ms.
const char* const kPutState = R"lua(
local term = tonumber(ARGV[2])
if term > 0 and term < stored_term(KEYS[2]) then return 'superseded' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 'put'
)lua";

// KEYS: holder, term. ARGV: the caller, the floor, the term it has or 0, the lease in ms. Returns
// the term, or nothing. A lease is lost where its term is gone (Redis was emptied) or is not above
// the floor any more: others then know of a later one.
const char* const kAcquireLease = R"lua(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return false end
local stored, floor, held = stored_term(KEYS[2]), tonumber(ARGV[2]), tonumber(ARGV[3])
if holder and held > 0 and held == stored and held >= floor then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return string.format('%.0f', held)
end
local term = string.format('%.0f', math.max(stored, floor) + 1)
redis.call('SET', KEYS[2], term)
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
return term
)lua";

// KEYS: holder. ARGV: the caller.
const char* const kReleaseLease = R"lua(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
)lua";

// KEYS: a sorted set of ids. ARGV: the id to announce or "", after how many ms an id is forgotten.
// Returns the ids.
const char* const kDatabases = R"lua(
local time = math.floor(now() / 1000)
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], number(time), ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', number(time - ARGV[2]))
end
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. number(time - ARGV[2]), '+inf')
)lua";

// ARGV: the type that each key must have, unless it does not exist. Returns the first key that has
// another, that type, and the one that it must have.
const char* const kCheckTypes = R"lua(
for i, key in ipairs(KEYS) do
  local type = redis.call('TYPE', key).ok
  if type ~= 'none' and type ~= ARGV[i] then return {key, type, ARGV[i]} end
end
return false
)lua";

// KEYS: our dead letters; of an earlier version: holder and term of the leader's lease, heartbeat,
// dead letters, then all its other keys. ARGV: the silence in ms after which its workers have
// ended, 1 to take over, dead letters at most. Returns "gone", "quiet" or "running".
const char* const kTakeOver = R"lua(
if redis.call('EXISTS', KEYS[3], KEYS[4]) == 0 then return 'gone' end
local last = redis.pcall('HGET', KEYS[4], 'last')
last = type(last) == 'string' and tonumber(last) or 0
if redis.call('EXISTS', KEYS[2]) == 1 or math.abs(now() - last) < ARGV[1] * 1000 then
  return 'running'
end
if ARGV[2] ~= '1' then return 'quiet' end
local letters = redis.pcall('XRANGE', KEYS[5], '-', '+')
for _, letter in ipairs(letters.err and {} or letters) do
  redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', unpack(letter[2]))
end
for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
return 'gone'
)lua";

std::string Join(std::initializer_list<const char*> parts) {
  std::string text;
  for (const char* part : parts) text += part;
  return text;
}

}  // namespace

const std::array<ScriptText, kScripts>& ScriptTexts() {
  static const std::array<ScriptText, kScripts> texts = {{
      {"enqueue", Join({kCommon, kFields, kIsLive, kTerm, kEnqueue})},
      {"receive", Join({kCommon, kReceive})},
      {"reclaim", Join({kCommon, kReclaim})},
      {"heartbeat", Join({kCommon, kEntries, kHeartbeat})},
      {"ack", Join({kCommon, kEntries, kAck})},
      {"nack", Join({kCommon, kEntries, kFields, kNack})},
      {"dead_letter", Join({kCommon, kEntries, kFields, kDeadLetter})},
      {"filter_live", Join({kCommon, kFields, kIsLive, kFilterLive})},
      {"state", Join({kCommon, kFields, kIsLive, kState})},
      {"create_groups", Join({kCommon, kFields, kIsLive, kCreateGroups})},
      {"trim", Join({kCommon, kFields, kIsLive, kTrim})},
      {"delete_consumer", Join({kCommon, kDeleteConsumer})},
      {"put_state", Join({kTerm, kPutState})},
      {"acquire_lease", Join({kTerm, kAcquireLease})},
      {"release_lease", Join({kReleaseLease})},
      {"databases", Join({kCommon, kDatabases})},
      {"check_types", Join({kCheckTypes})},
      {"take_over", Join({kCommon, kTakeOver})},
  }};
  return texts;
}

}  // namespace matinee::coord::redis
