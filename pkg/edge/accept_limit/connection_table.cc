#include "edge/accept_limit/connection_table.h"

#include <signal.h>
#include <sys/mman.h>

#include <cerrno>
#include <limits>
#include <new>

namespace matinee::edge {

ConnectionTable* ConnectionTable::Make(uint64_t hash_seed) {
  void* memory = mmap(nullptr, sizeof(ConnectionTable), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) ConnectionTable(hash_seed);
}

ConnectionTable::ConnectionTable(uint64_t hash_seed) : hash_seed_(hash_seed) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

// A process that was killed while it held the lock leaves one count that is off by one at most, in
// its own column.
void ConnectionTable::Lock() {
  if (pthread_mutex_lock(&mutex_) == EOWNERDEAD) pthread_mutex_consistent(&mutex_);
}

size_t ConnectionTable::BucketOf(const ClientAddress& address) const {
  constexpr uint64_t kFnvPrime = 1099511628211U;
  uint64_t hash = hash_seed_;
  for (const uint8_t byte : address) hash = (hash ^ byte) * kFnvPrime;
  return (hash >> 32) % kBuckets;
}

uint32_t ConnectionTable::Sum(const Entry& entry) {
  uint32_t sum = 0;
  for (const uint16_t count : entry.counts) sum += count;
  return sum;
}

void ConnectionTable::ForgetEndedProcesses() {
  for (size_t i = 0; i < kProcesses; ++i) {
    if (processes_[i] == 0 || kill(processes_[i], 0) == 0 || errno != ESRCH) continue;
    processes_[i] = 0;
    for (Entry& entry : entries_) entry.counts[i] = 0;
  }
}

size_t ConnectionTable::IndexOf(pid_t pid) {
  for (size_t i = 0; i < kProcesses; ++i) {
    if (processes_[i] == pid) return i;
  }
  ForgetEndedProcesses();
  for (size_t i = 0; i < kProcesses; ++i) {
    if (processes_[i] != 0) continue;
    processes_[i] = pid;
    return i;
  }
  return kProcesses;
}

int ConnectionTable::Add(const ClientAddress& address, uint32_t limit, pid_t pid) {
  Lock();
  const size_t process = IndexOf(pid);
  const size_t begin = BucketOf(address) * kEntriesPerBucket;
  size_t found = entries_.size();
  for (size_t i = begin; i < begin + kEntriesPerBucket; ++i) {
    if (Sum(entries_[i]) == 0) {
      if (found == entries_.size()) found = i;
    } else if (entries_[i].address == address) {
      found = i;
      break;
    }
  }
  int result = kNotCounted;
  if (process < kProcesses && found < entries_.size()) {
    Entry& entry = entries_[found];
    uint16_t& count = entry.counts[process];
    if (Sum(entry) >= limit) {
      result = kRefused;
    } else if (count < std::numeric_limits<uint16_t>::max()) {
      entry.address = address;
      ++count;
      result = static_cast<int>(found);
    }
  }
  pthread_mutex_unlock(&mutex_);
  return result;
}

void ConnectionTable::Remove(int entry, pid_t pid) {
  if (entry < 0 || static_cast<size_t>(entry) >= entries_.size()) return;
  Lock();
  const size_t process = IndexOf(pid);
  if (process < kProcesses) {
    uint16_t& count = entries_[static_cast<size_t>(entry)].counts[process];
    if (count > 0) --count;
  }
  pthread_mutex_unlock(&mutex_);
}

}  // namespace matinee::edge
