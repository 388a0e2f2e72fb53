#include "process/confinement.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/strings.h"

namespace matinee::process {
namespace {

// -- Landlock --

// Rights and fields that are newer than Debian 12's header (linux/landlock.h).
constexpr uint64_t kTruncate = 1U << 14;  // Since version 3.
constexpr uint64_t kScopeSignal = 1U << 1;
constexpr int kVersionWithTruncate = 3;
constexpr int kVersionWithScopes = 6;

struct RulesetAttributes {
  uint64_t files = 0;
  uint64_t network = 0;
  uint64_t scopes = 0;
};

constexpr uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
// What may be granted for a file that is not a folder.
constexpr uint64_t kOfFiles =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
constexpr uint64_t kWrite =
    kRead | kOfFiles | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
// Whatever is not granted is refused, such as making devices. Programs that may be read may run.
constexpr uint64_t kHandled = kWrite | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                              LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                              LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                              LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

// Programs, libraries, fonts, time zones, and what libraries ask about processors. Of /etc and
// /proc only single files: both hold secrets.
constexpr std::array<std::string_view, 31> kSystem = {"/usr",
                                                      "/lib",
                                                      "/lib32",
                                                      "/lib64",
                                                      "/bin",
                                                      "/sbin",
                                                      "/opt",
                                                      "/nix/store",
                                                      "/gnu/store",
                                                      "/snap",
                                                      "/home/linuxbrew/.linuxbrew",
                                                      "/app",
                                                      "/run/current-system",
                                                      "/run/opengl-driver",
                                                      "/etc/ld.so.cache",
                                                      "/etc/ld.so.preload",
                                                      "/etc/alternatives",
                                                      "/etc/fonts",
                                                      "/etc/glvnd",
                                                      "/etc/OpenCL",
                                                      "/etc/vulkan",
                                                      "/etc/localtime",
                                                      "/etc/locale.alias",
                                                      "/etc/nsswitch.conf",
                                                      "/etc/passwd",
                                                      "/proc/cpuinfo",
                                                      "/proc/meminfo",
                                                      "/proc/stat",
                                                      "/proc/filesystems",
                                                      "/sys/devices/system",
                                                      "/var/cache/fontconfig"};
constexpr std::array<std::string_view, 5> kDevices = {"/dev/null", "/dev/zero", "/dev/random",
                                                      "/dev/urandom", "/dev/dri"};

// Neither glibc nor Debian 12's headers have a wrapper of these system calls.
int CreateRuleset(const RulesetAttributes* attributes, size_t size, uint32_t flags) {
  return static_cast<int>(syscall(SYS_landlock_create_ruleset, attributes, size, flags));
}

class Ruleset {
 public:
  explicit Ruleset(int version)
      : handled_(version >= kVersionWithTruncate ? kHandled : kHandled & ~kTruncate) {
    RulesetAttributes attributes;
    attributes.files = handled_;
    const bool has_scopes = version >= kVersionWithScopes;
    if (has_scopes) attributes.scopes = kScopeSignal;
    fd_ = UniqueFd(
        CreateRuleset(&attributes, has_scopes ? sizeof(attributes) : sizeof(attributes.files), 0));
  }

  [[nodiscard]] bool valid() const { return fd_.valid(); }
  UniqueFd Take() { return std::move(fd_); }

  // A path that does not exist cannot be opened either: no rule is needed.
  void Allow(std::string_view path, uint64_t rights) {
    const UniqueFd file(open(std::string(path).c_str(), O_PATH | O_CLOEXEC));
    if (file.valid()) Allow(file.get(), rights);
  }

  // Descriptors of pipes and the like need no rule: opening them again is not restricted.
  void Allow(int fd, uint64_t rights) {
    struct stat status {};
    if (fstat(fd, &status) != 0) return;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = rights & handled_ & (S_ISDIR(status.st_mode) ? ~uint64_t{0} : kOfFiles);
    rule.parent_fd = fd;
    syscall(SYS_landlock_add_rule, fd_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  }

 private:
  const uint64_t handled_;
  UniqueFd fd_;
};

// The folder of the program; of ".../bin" the one above, which has "lib".
std::string InstallationOf(const std::string& program) {
  std::error_code error;
  const auto folder = std::filesystem::canonical(program, error).parent_path();
  if (error) return program;
  const bool has_parent = folder.filename() == "bin" && folder.parent_path().has_relative_path();
  return has_parent ? folder.parent_path().string() : folder.string();
}

std::vector<std::string_view> LibraryFolders(const std::vector<std::string>& environment) {
  constexpr std::string_view kName = "LD_LIBRARY_PATH=";
  std::vector<std::string_view> folders;
  for (const std::string_view entry : environment) {
    if (!entry.starts_with(kName)) continue;
    for (const std::string_view folder : Split(entry.substr(kName.size()), ':')) {
      if (folder.starts_with('/')) folders.push_back(folder);
    }
  }
  return folders;
}

// -- seccomp --

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kArchitecture = 0;
#endif

// The x32 system calls of x86-64 have other numbers, from here on; nothing uses them.
constexpr uint32_t kFirstForeignCall = 0x40000000;

// Network (io_uring opens sockets too), other processes, and parts of the kernel that exploits use
// and decoders do not.
constexpr std::array kRefusedCalls = {SYS_socket,
                                      SYS_io_uring_setup,
                                      SYS_ptrace,
                                      SYS_process_vm_readv,
                                      SYS_process_vm_writev,
                                      SYS_bpf,
                                      SYS_perf_event_open,
                                      SYS_add_key,
                                      SYS_request_key,
                                      SYS_pidfd_getfd,
                                      SYS_keyctl,
                                      SYS_userfaultfd,
                                      SYS_unshare,
                                      SYS_setns,
                                      SYS_mount,
                                      SYS_move_mount};

constexpr uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
// Instructions before the refused calls, and after them.
constexpr size_t kHeadLength = 5;
constexpr size_t kTailLength = 2;
using Filter = std::array<sock_filter, kHeadLength + kRefusedCalls.size() + kTailLength>;

constexpr sock_filter Load(size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<uint32_t>(offset)};
}
constexpr sock_filter Return(uint32_t action) {
  return {BPF_RET | BPF_K, 0, 0, action};
}
// Skips `if_true` instructions if the comparison holds, else `if_false`.
constexpr sock_filter Jump(int comparison, uint32_t value, size_t if_true, size_t if_false) {
  return {static_cast<uint16_t>(BPF_JMP | comparison | BPF_K), static_cast<uint8_t>(if_true),
          static_cast<uint8_t>(if_false), value};
}

constexpr Filter MakeFilter() {
  Filter filter{};
  size_t i = 0;
  filter[i++] = Load(offsetof(seccomp_data, arch));
  filter[i++] = Jump(BPF_JEQ, kArchitecture, 1, 0);
  filter[i++] = Return(kRefuse);
  filter[i++] = Load(offsetof(seccomp_data, nr));
  filter[i++] = Jump(BPF_JGE, kFirstForeignCall, kRefusedCalls.size() + 1, 0);
  for (size_t call = 0; call < kRefusedCalls.size(); ++call) {
    const size_t to_refusal = kRefusedCalls.size() - call;
    filter[i++] = Jump(BPF_JEQ, static_cast<uint32_t>(kRefusedCalls[call]), to_refusal, 0);
  }
  filter[i++] = Return(SECCOMP_RET_ALLOW);
  filter[i++] = Return(kRefuse);
  return filter;
}

constexpr Filter kFilter = MakeFilter();

}  // namespace

Result<PreparedConfinement> PrepareConfinement(const Confinement& confinement,
                                               const std::string& program,
                                               const std::vector<std::string>& environment,
                                               const std::vector<int>& descriptors) {
  PreparedConfinement prepared;
  const int version = CreateRuleset(nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return prepared;  // Older than 5.13, or not enabled (lsm=).
  Ruleset ruleset(version);
  if (!ruleset.valid()) return Fail(SystemError("cannot confine a child process", errno));
  for (const std::string_view path : kSystem) ruleset.Allow(path, kRead);
  for (const std::string_view path : kDevices) ruleset.Allow(path, kRead | kOfFiles);
  ruleset.Allow(program, kRead);
  ruleset.Allow(InstallationOf(program), kRead);
  for (const std::string_view folder : LibraryFolders(environment)) ruleset.Allow(folder, kRead);
  for (const std::string& path : confinement.readable) ruleset.Allow(path, kRead);
  for (const std::string& path : confinement.writable) ruleset.Allow(path, kWrite);
  for (const int descriptor : descriptors) ruleset.Allow(descriptor, kRead);
  prepared.ruleset = ruleset.Take();
  return prepared;
}

bool Confine(const PreparedConfinement& prepared) {
  if (prepared.ruleset.valid() &&
      syscall(SYS_landlock_restrict_self, prepared.ruleset.get(), 0) != 0) {
    return false;
  }
  if (kArchitecture == 0) return true;
  // The kernel does not change it.
  const sock_fprog program{kFilter.size(), const_cast<sock_filter*>(kFilter.data())};
  // A kernel without seccomp says EINVAL.
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 || errno == EINVAL;
}

}  // namespace matinee::process
