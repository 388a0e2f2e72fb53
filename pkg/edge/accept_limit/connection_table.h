// Counts the open connections of each client address, for the processes that share its memory.
//
// It is part of a library that is loaded into nginx (accept_limit.cc), so it allocates nothing and
// throws nothing.
//
// Thread safety: all methods from any thread of any of the processes.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace matinee::edge {

// An IPv6 address, or an IPv4 address in the form ::ffff:a.b.c.d.
using ClientAddress = std::array<uint8_t, 16>;

class ConnectionTable {
 public:
  static constexpr int kRefused = -1;
  static constexpr int kNotCounted = -2;
  // Addresses whose connections are counted at the same time; those beyond, or beyond
  // kEntriesPerBucket with one hash, are not counted.
  static constexpr size_t kBuckets = 1024;
  static constexpr size_t kEntriesPerBucket = 8;
  // Processes at the same time: nginx has two workers, and two more while it restarts.
  static constexpr size_t kProcesses = 8;

  // Makes a table in shared memory, for this process and those that it forks later. Returns null if
  // there is no memory.
  static ConnectionTable* Make(uint64_t hash_seed);

  // Counts a connection that the process `pid` has accepted. Returns what Remove needs, kRefused if
  // the address has `limit` connections already, or kNotCounted. Connections of processes that
  // have ended do not count.
  int Add(const ClientAddress& address, uint32_t limit, pid_t pid);
  void Remove(int entry, pid_t pid);

 private:
  struct Entry {
    ClientAddress address;
    std::array<uint16_t, kProcesses> counts;  // By process.
  };

  explicit ConnectionTable(uint64_t hash_seed);
  void Lock();
  // Returns the index of the process, which gets one at its first connection, or kProcesses.
  size_t IndexOf(pid_t pid);
  void ForgetEndedProcesses();
  static uint32_t Sum(const Entry& entry);
  [[nodiscard]] size_t BucketOf(const ClientAddress& address) const;

  const uint64_t hash_seed_;
  pthread_mutex_t mutex_;  // Robust: a worker may be killed while it holds it.
  std::array<pid_t, kProcesses> processes_{};
  std::array<Entry, kBuckets * kEntriesPerBucket> entries_{};
};

}  // namespace matinee::edge
