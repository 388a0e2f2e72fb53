#include "runtime/data_dir_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace matinee {

Result<UniqueFd> LockDataDir(const std::string& folder) {
  TRY(CreateDirectories(folder));
  const std::string path = folder + "/matinee.lock";
  UniqueFd lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!lock.valid()) return Fail(SystemError("cannot open " + path, errno));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return Fail(Code::kUnavailable, "another Matinee is using " + folder +
                                        "; stop it, or give this one another DATA_DIR");
  }
  return lock;
}

}  // namespace matinee
