#include "runtime/data_dir_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

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

}  // namespace

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
