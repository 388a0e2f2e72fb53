#include "coord/redis/scripts.h"

namespace matinee::coord::redis {
namespace {

// Of every script of the queue: KEYS[1] to KEYS[6] are the stream and the index of each lane, in
// the lanes' order. In an index a capture's id leads to the entry that is its live job.
// Times are Redis' own, in microseconds since 1970.
const char* const kCommon = R"lua(
local GROUP = 'workers'

local function stream_of(lane) return KEYS[2 * lane - 1] end
local function index_of(lane) return KEYS[2 * lane] end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function number(value) return string.format('%.0f', value) end
)lua";

const char* const kEntries = R"lua(
-- Whether the entry is in the hands of this consumer. Another has it if we were silent for long.
local function mine(lane, consumer, id)
  local pending = redis.pcall('XPENDING', stream_of(lane), GROUP, id, id, 1, consumer)
  return not pending.err and #pending > 0
end

-- The entry is over; so is its capture's live job, unless that is another by now.
local function finish(lane, id, capture)
  redis.call('XACK', stream_of(lane), GROUP, id)
  if capture and redis.call('HGET', index_of(lane), capture) == id then
    redis.call('HDEL', index_of(lane), capture)
  end
end
)lua";

const char* const kFields = R"lua(
-- The fields of an entry as one list, cut where a person's hand has written more than we ever do;
-- nothing if there is no such entry.
local function fields_of(lane, id)
  local entries = redis.pcall('XRANGE', stream_of(lane), id, id)
  local fields = entries[1] and entries[1][2]
  return fields and {unpack(fields, 1, math.min(#fields, 32))}
end

local function capture_of(fields)
  for i = 1, #fields, 2 do
    if fields[i] == 'capture' then return fields[i + 1] end
  end
end
)lua";

const char* const kAlive = R"lua(
-- Whether entry id a comes after b.
local function after(a, b)
  local a_time, a_count = string.match(a, '^(%d+)-(%d+)$')
  local b_time, b_count = string.match(b, '^(%d+)-(%d+)$')
  if not a_time or not b_time then return false end
  if a_time ~= b_time then return tonumber(a_time) > tonumber(b_time) end
  return tonumber(a_count) > tonumber(b_count)
end

local function group_of(lane)
  local groups = redis.pcall('XINFO', 'GROUPS', stream_of(lane))
  if groups.err then return nil end
  for _, flat in ipairs(groups) do
    local group = {}
    for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
    if group.name == GROUP then return group end
  end
end

local last_delivered = {}

-- Whether an entry is a capture's live job: it waits, or is in somebody's hands. The index alone does
-- not tell: a Redis that evicts keys, or a person, can remove a stream and leave its index, and the
-- captures in it would never get a job again. A stream that begins anew may even give an id twice.
local function alive(lane, capture, id)
  local stream = stream_of(lane)
  local fields = fields_of(lane, id)
  if fields and capture_of(fields) ~= capture then return false end
  local pending = redis.pcall('XPENDING', stream, GROUP, id, id, 1)
  if not pending.err and #pending > 0 then return true end
  if not fields then return false end
  if not last_delivered[lane] then
    local group = group_of(lane)
    last_delivered[lane] = group and group['last-delivered-id'] or '0-0'
  end
  return after(id, last_delivered[lane])
end
)lua";

const char* const kEpoch = R"lua(
local function stored_epoch(key) return tonumber(redis.call('GET', key) or '0') or 0 end
)lua";

// KEYS[7]: the epoch. ARGV: capture, traceparent, epoch of the caller or 0, jobs of a lane at most,
// lane.
const char* const kEnqueue = R"lua(
local capture, lane = ARGV[1], tonumber(ARGV[5])
local epoch = tonumber(ARGV[3])
if epoch > 0 and epoch < stored_epoch(KEYS[7]) then return 'superseded' end
for other = 1, 3 do
  local id = redis.call('HGET', index_of(other), capture)
  if id then
    if alive(other, capture, id) then return 'live' end
    redis.call('HDEL', index_of(other), capture)
  end
end
if redis.call('HLEN', index_of(lane)) >= tonumber(ARGV[4]) then return 'full' end
local id = redis.call('XADD', stream_of(lane), '*', 'capture', capture, 'traceparent', ARGV[2],
                      'at', number(now()))
redis.call('HSET', index_of(lane), capture, id)
return 'added'
)lua";

// ARGV: consumer, lanes to look at. Gives lane, entry id, fields, the time; or nothing.
// One lane after the other: COUNT is of each stream, so a read over several would give several.
const char* const kTake = R"lua(
for lane = 1, tonumber(ARGV[2]) do
  local read = {'XREADGROUP', 'GROUP', GROUP, ARGV[1], 'COUNT', 1, 'STREAMS', stream_of(lane), '>'}
  local streams = redis.pcall(unpack(read))
  if streams and streams.err then
    if not string.find(streams.err, 'NOGROUP', 1, true) then return streams end
    redis.call('XGROUP', 'CREATE', stream_of(lane), GROUP, '0', 'MKSTREAM')
    streams = redis.call(unpack(read))
  end
  if streams then
    local entry = streams[1][2][1]
    return {lane, entry[1], entry[2], number(now())}
  end
end
return false
)lua";

// ARGV: consumer, lanes to look at, silence in ms, the longest gap between beats and how long there
// must have been none (both µs), the last beat and the beginning of the regular ones, then "lane
// id" of all that is in this process' hands. Gives what kTake gives: what a dead worker has left.
//
// Nobody who was away himself may judge others: after a pause of Redis, of the network or of the
// whole machine, all look silent until they have had the time to beat again.
const char* const kLook = R"lua(
local time = now()
local gap, settled = tonumber(ARGV[4]), tonumber(ARGV[5])
local last_beat, regular_since = tonumber(ARGV[6]), tonumber(ARGV[7])
if math.abs(time - last_beat) > gap or time - regular_since <= settled then return false end
local in_hand = {}
for i = 8, #ARGV do in_hand[ARGV[i]] = true end
for lane = 1, tonumber(ARGV[2]) do
  -- One more than those that would be passed over.
  local silent = redis.pcall('XPENDING', stream_of(lane), GROUP, 'IDLE', ARGV[3], '-', '+',
                             #ARGV - 6)
  for _, left in ipairs(silent.err and {} or silent) do
    local id = left[1]
    if not in_hand[lane .. ' ' .. id] then
      local claimed = redis.call('XCLAIM', stream_of(lane), GROUP, ARGV[1], ARGV[3], id)
      local entry = claimed[1]
      if entry then return {lane, entry[1], entry[2], number(time)} end
      redis.call('XACK', stream_of(lane), GROUP, id)  -- Somebody removed it from the stream.
    end
  end
end
return false
)lua";

// KEYS[7]: the pulse of all. ARGV: consumer, the longest gap between beats (µs), then lane and
// entry id of all that is in hand. Gives the time, and since when somebody has been beating without
// a gap. What another has claimed meanwhile stays his. JUSTID: a beat is no delivery.
const char* const kBeat = R"lua(
for i = 3, #ARGV, 2 do
  local lane, id = tonumber(ARGV[i]), ARGV[i + 1]
  if mine(lane, ARGV[1], id) then
    redis.call('XCLAIM', stream_of(lane), GROUP, ARGV[1], 0, id, 'JUSTID')
  end
end
local time = now()
local last = tonumber(redis.call('HGET', KEYS[7], 'last') or '0') or 0
local since = tonumber(redis.call('HGET', KEYS[7], 'since') or '0') or 0
if math.abs(time - last) > tonumber(ARGV[2]) then since = time end
redis.call('HSET', KEYS[7], 'last', number(time), 'since', number(since))
return {number(time), number(since)}
)lua";

// ARGV: consumer, lane, entry id, capture. Not XDEL: it would make the group's lag unknown, which
// KEDA scales by.
const char* const kDone = R"lua(
local lane, id = tonumber(ARGV[2]), ARGV[3]
if not mine(lane, ARGV[1], id) then return 0 end
finish(lane, id, ARGV[4])
return 1
)lua";

// ARGV: consumer, lane, entry id. The entry goes to the end, with the time it had.
const char* const kGiveBack = R"lua(
local lane, id = tonumber(ARGV[2]), ARGV[3]
if not mine(lane, ARGV[1], id) then return 0 end
local fields = fields_of(lane, id)
if fields then
  local capture = capture_of(fields)
  local new_id = redis.call('XADD', stream_of(lane), '*', unpack(fields))
  if capture then redis.call('HSET', index_of(lane), capture, new_id) end
end
redis.call('XACK', stream_of(lane), GROUP, id)
return 1
)lua";

// KEYS[7]: the dead jobs' stream. ARGV: consumer, lane, entry id, reason, the lane's name, dead
// jobs at most. The dead are a log, so the oldest may go.
const char* const kBury = R"lua(
local lane, id = tonumber(ARGV[2]), ARGV[3]
if not mine(lane, ARGV[1], id) then return 0 end
local fields = fields_of(lane, id) or {}
redis.call('XADD', KEYS[7], 'MAXLEN', ARGV[6], '*', 'reason', ARGV[4], 'lane', ARGV[5],
           unpack(fields))
finish(lane, id, capture_of(fields))
return 1
)lua";

// ARGV: captures. Gives those that have a live job.
const char* const kLive = R"lua(
local live = {}
for _, capture in ipairs(ARGV) do
  for lane = 1, 3 do
    local id = redis.call('HGET', index_of(lane), capture)
    if id and alive(lane, capture, id) then
      live[#live + 1] = capture
      break
    end
  end
end
return live
)lua";

// Gives waiting, running and the age in ms of the oldest that waits, by lane. Redis 7 knows the
// lag unless somebody has removed entries; otherwise they are counted, and ARGV[1] is enough.
const char* const kState = R"lua(
local state = {}
for lane = 1, 3 do
  local stream = stream_of(lane)
  local group = group_of(lane) or {pending = 0}
  local from = '(' .. (group['last-delivered-id'] or '0-0')
  local waiting = group.lag
  if not waiting then waiting = #redis.call('XRANGE', stream, from, '+', 'COUNT', ARGV[1]) end
  local oldest = redis.call('XRANGE', stream, from, '+', 'COUNT', 1)[1]
  local age = 0
  if oldest then
    local at = tonumber(string.match(oldest[1], '^%d+')) * 1000
    for i = 1, #oldest[2], 2 do
      if oldest[2][i] == 'at' then at = tonumber(oldest[2][i + 1]) or at end
    end
    age = math.max(0, math.floor((now() - at) / 1000))
  end
  state[#state + 1] = {waiting, group.pending, age}
end
return state
)lua";

const char* const kMakeGroups = R"lua(
for lane = 1, 3 do
  if not group_of(lane) then
    redis.call('XGROUP', 'CREATE', stream_of(lane), GROUP, '0', 'MKSTREAM')
  end
end
return 1
)lua";

// ARGV: consumer, after how many ms of silence another consumer is forgotten.
const char* const kUpkeep = R"lua(
for lane = 1, 3 do
  local stream, index, group = stream_of(lane), index_of(lane), group_of(lane)
  if group then
    -- Everything before the first entry that is unfinished or undelivered. By id and not by count:
    -- a count can reach what nobody has had yet.
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
  -- More live jobs than entries: some of them are gone, see alive().
  if redis.call('HLEN', index) > redis.call('XLEN', stream) then
    local known = redis.call('HGETALL', index)
    for i = 1, #known, 2 do
      if not alive(lane, known[i], known[i + 1]) then redis.call('HDEL', index, known[i]) end
    end
  end
end
return 1
)lua";

// ARGV: consumer. It is forgotten where it has nothing left.
const char* const kLeave = R"lua(
for lane = 1, 3 do
  local pending = redis.pcall('XPENDING', stream_of(lane), GROUP, '-', '+', 1, ARGV[1])
  if not pending.err and #pending == 0 then
    redis.call('XGROUP', 'DELCONSUMER', stream_of(lane), GROUP, ARGV[1])
  end
end
return 1
)lua";

// KEYS: snapshot, epoch. ARGV: snapshot, epoch of the caller or 0, its life in ms.
const char* const kPutSnapshot = R"lua(
local epoch = tonumber(ARGV[2])
if epoch > 0 and epoch < stored_epoch(KEYS[2]) then return 'superseded' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 'put'
)lua";

// KEYS: holder, epoch. ARGV: who asks, his floor, the epoch of his term or 0, the lease in ms.
// Gives the epoch, or nothing. A term ends where its epoch is gone (Redis was emptied) or is no
// longer above the floor: others then know of a later one.
const char* const kHoldLease = R"lua(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return false end
local stored, floor, term = stored_epoch(KEYS[2]), tonumber(ARGV[2]), tonumber(ARGV[3])
if holder and term > 0 and term == stored and term >= floor then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return string.format('%.0f', term)
end
local epoch = string.format('%.0f', math.max(stored, floor) + 1)
redis.call('SET', KEYS[2], epoch)
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
return epoch
)lua";

// KEYS: holder. ARGV: who lets go.
const char* const kReleaseLease = R"lua(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
)lua";

std::string Join(std::initializer_list<const char*> parts) {
  std::string text;
  for (const char* part : parts) text += part;
  return text;
}

}  // namespace

const std::array<ScriptText, kScripts>& ScriptTexts() {
  static const std::array<ScriptText, kScripts> texts = {{
      {"enqueue", Join({kCommon, kFields, kAlive, kEpoch, kEnqueue})},
      {"take", Join({kCommon, kTake})},
      {"look", Join({kCommon, kLook})},
      {"beat", Join({kCommon, kEntries, kBeat})},
      {"done", Join({kCommon, kEntries, kDone})},
      {"give_back", Join({kCommon, kEntries, kFields, kGiveBack})},
      {"bury", Join({kCommon, kEntries, kFields, kBury})},
      {"live", Join({kCommon, kFields, kAlive, kLive})},
      {"state", Join({kCommon, kFields, kAlive, kState})},
      {"make_groups", Join({kCommon, kFields, kAlive, kMakeGroups})},
      {"upkeep", Join({kCommon, kFields, kAlive, kUpkeep})},
      {"leave", Join({kCommon, kLeave})},
      {"put_snapshot", Join({kEpoch, kPutSnapshot})},
      {"hold_lease", Join({kEpoch, kHoldLease})},
      {"release_lease", Join({kReleaseLease})},
  }};
  return texts;
}

}  // namespace matinee::coord::redis
