#include "runtime/data_dir_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <thread>

#include "base/strings.h"

namespace matinee {
namespace {

Result<UniqueFd> OpenFile(const std::string& path) {
  UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!file.valid()) return Fail(SystemError("cannot open " + path, errno));
  return file;
}

// Of a lock that was not acquired, with the errno of the call.
tl::unexpected<Error> LockError(const std::string& folder, int error) {
  if (error != EWOULDBLOCK && error != EACCES) {
    return Fail(SystemError("cannot lock " + folder, error));
  }
  return Fail(Code::kUnavailable, "another Matinee is using " + folder +
                                      "; stop it, or give this one another DATA_DIR");
}

// A child of a killed process has a copy of each descriptor until it runs its program or is killed
// too: a lock that only such a child still holds is free within this time.
constexpr std::chrono::milliseconds kLockWait{3000};
constexpr std::chrono::milliseconds kLockPause{25};

// Calls `try_lock`, which returns 0 or an errno, until it does not say that another process holds
// the lock, or the time is over. Returns what it returned last.
int AwaitLock(const std::function<int()>& try_lock) {
  const auto deadline = std::chrono::steady_clock::now() + kLockWait;
  for (;;) {
    const int error = try_lock();
    const bool is_held = error == EWOULDBLOCK || error == EACCES;
    if (!is_held || std::chrono::steady_clock::now() >= deadline) return error;
    std::this_thread::sleep_for(kLockPause);
  }
}

// A byte that SQLite, which locks some at 2^30, never uses.
constexpr off_t kLockedByte = off_t{1} << 62;

}  // namespace

// A lock of the open file description: SQLite closes other descriptors of the file, and each close
// would release a record lock of the process.
Result<UniqueFd> LockDatabaseFile(const std::string& path) {
  UniqueFd file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.valid()) return Fail(SystemError("cannot open " + EscapeUnprintable(path), errno));
  const int error = AwaitLock([&file] {
    struct flock byte {};
    byte.l_type = F_WRLCK;
    byte.l_whence = SEEK_SET;
    byte.l_start = kLockedByte;
    byte.l_len = 1;
    return fcntl(file.get(), F_OFD_SETLK, &byte) == 0 ? 0 : errno;
  });
  if (error == 0) return file;
  if (error != EWOULDBLOCK && error != EACCES) {
    return Fail(SystemError("cannot lock " + EscapeUnprintable(path), error));
  }
  return Fail(Code::kUnavailable, "another Matinee is using the database " +
                                      EscapeUnprintable(path) +
                                      "; stop it, or give this one another DB_PATH");
}

Result<UniqueFd> LockCaptureFolder(const std::string& folder) {
  UniqueFd file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid()) return Fail(SystemError("cannot open " + EscapeUnprintable(folder), errno));
  const int error =
      AwaitLock([&file] { return flock(file.get(), LOCK_EX | LOCK_NB) == 0 ? 0 : errno; });
  if (error == 0) return file;
  if (error != EWOULDBLOCK) return UniqueFd();
  return Fail(Code::kUnavailable, "another Matinee is using the captures folder " +
                                      EscapeUnprintable(folder) +
                                      "; stop it, or give this one another CAPTURE_DIR");
}

// A flock alone would outlive its process: a child between fork and exec has a copy of each
// descriptor, and a killed process leaves such a child for as long as a busy machine takes to run
// it. Version 0.1.0 has an exclusive flock on matinee.lock, and nothing else. Two files, because on
// NFS both kinds of lock are the same.
Result<DataDirLock> LockDataDir(const std::string& folder) {
  TRY(CreateDirectories(folder));
  DataDirLock lock;
  TRY_ASSIGN(lock.presence, OpenFile(folder + "/matinee.lock"));
  TRY_ASSIGN(lock.owner, OpenFile(folder + "/matinee.owner.lock"));
  struct flock whole_file {};
  whole_file.l_type = F_WRLCK;
  if (fcntl(lock.owner.get(), F_SETLK, &whole_file) != 0) return LockError(folder, errno);
  if (flock(lock.presence.get(), LOCK_SH | LOCK_NB) != 0) return LockError(folder, errno);
  return lock;
}

}  // namespace matinee
