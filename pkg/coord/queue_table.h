// The queues of a program, as a table: a new queue is a new row.
//
// Thread safety: plain values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace matinee::coord {

// One queue. Its place in the table is its priority: a slot serves the first queue that has a job.
struct Queue {
  // Lower-case letters, digits and '_', at most 32: it is part of Redis keys and a metric label.
  std::string name = {};
  // Live jobs at most. Only a runaway client fills a queue of this size.
  size_t jobs_max = 1000;
  // Slots of each worker that serve only this queue, so that its jobs never wait behind others.
  int reserved_slots = 0;
  // The slots that queues before it reserve serve it too, whenever their own queue has no job.
  bool uses_reserved_slots = false;
  // Slots of each worker that may serve this queue at once, its reserved ones included; 0 is all.
  int slots_max = 0;
};

// In order of priority, the highest first. At most kQueuesMax.
using QueueTable = std::vector<Queue>;

// Redis scripts read all queues at each call.
constexpr size_t kQueuesMax = 16;

// Fails with kInvalidArgument: a bad or repeated name, none or more than kQueuesMax.
Status CheckQueueTable(const QueueTable& queues);

// The queues that one slot serves, by their places in the table, the highest priority first.
using QueueFilter = std::vector<size_t>;

// Every queue of the table.
QueueFilter AllQueues(const QueueTable& queues);

// The place of the queue of this name; the table's size if it has none.
size_t PlaceOf(const QueueTable& queues, std::string_view name);

}  // namespace matinee::coord
