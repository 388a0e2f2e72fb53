// A guard for callbacks that may outlive their owner: those of timers, executors and other threads.
//
// The owner and its callbacks share the guard. A callback enters it before it uses the owner; the
// owner closes it in its destructor.
//
//   const std::shared_ptr<LifetimeGuard> lifetime_ = std::make_shared<LifetimeGuard>();
//
//   timers.After(delay, [this, lifetime = lifetime_] {
//     const LifetimeGuard::Entry entry(*lifetime);
//     if (!entry) return;  // `this` is gone.
//     Notify();
//   });
//
//   Owner::~Owner() { lifetime_->Close(); }
//
// Thread safety: all methods may be called from any thread. Close() waits for the entries of other
// threads, so a callback must not close its own owner's guard while it is inside.
#pragma once

#include <condition_variable>
#include <cstddef>

#include "base/mutex.h"

namespace matinee {

class LifetimeGuard {
 public:
  // One callback inside the guard. Entries may nest.
  class Entry {
   public:
    explicit Entry(LifetimeGuard& guard) : guard_(guard), inside_(guard.Enter()) {}
    ~Entry() {
      if (inside_) guard_.Leave();
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    // False if the guard was closed: the owner must not be used.
    explicit operator bool() const { return inside_; }

   private:
    LifetimeGuard& guard_;
    const bool inside_;
  };

  LifetimeGuard() = default;
  LifetimeGuard(const LifetimeGuard&) = delete;
  LifetimeGuard& operator=(const LifetimeGuard&) = delete;

  // Refuses all later entries and waits until those inside have left. May be called twice.
  void Close();

 private:
  bool Enter();
  void Leave();

  Mutex mutex_;
  std::condition_variable empty_;
  size_t inside_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace matinee
