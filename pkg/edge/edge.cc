#include "edge/edge.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "edge/accept_limit/refusal_report.h"
#include "http/client.h"
#include "process/environment.h"
#include "telemetry/log.h"

namespace matinee::edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kLogger = "edge";
// The nginx of a killed earlier run exits within 0.7 s of it; see process_runner.h.
constexpr milliseconds kOldNginxGone{3000};
// From exec to listening; 50 ms on an idle machine.
constexpr milliseconds kStartMax{10000};
// nginx's fast shutdown after SIGTERM.
constexpr milliseconds kFastEnd{1000};
constexpr milliseconds kPollInterval{20};
constexpr milliseconds kWatchStep{250};
// Pause before nginx is started again: doubled each time, back to the first once it ran a minute.
constexpr milliseconds kRestartFirst{200};
constexpr milliseconds kRestartMax{10000};
constexpr milliseconds kRanWell{60000};
constexpr size_t kStderrLineMax = 2000;
// A file system in memory, on each Linux.
constexpr const char* kMemoryFolderPrefix = "/dev/shm/matinee-";
// Kubernetes' probes time out after a second: the reason must arrive before.
constexpr milliseconds kHealthMax{800};
constexpr milliseconds kHealthKept{1000};
constexpr milliseconds kStatusMax{1000};
// /api/health with a dozen media servers is 4 KiB.
constexpr size_t kAnswerBytesMax = 65536;

struct AddressInfo {
  addrinfo* list = nullptr;
  ~AddressInfo() {
    if (list != nullptr) freeaddrinfo(list);
  }
};

// Calls `use` (bind or connect) with a socket. Returns errno of the first failure, or 0.
int WithSocket(const std::string& host, uint16_t port,
               int (*use)(int, const sockaddr*, socklen_t)) {
  AddressInfo info;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &info.list) != 0) {
    return EADDRNOTAVAIL;
  }
  const UniqueFd fd(socket(info.list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno;
  const int one = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  return use(fd.get(), info.list->ai_addr, info.list->ai_addrlen) == 0 ? 0 : errno;
}

// Returns the local address of a server that listens on `host`.
std::string LocalAddress(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "::1";
  return host;
}

// Returns "user group" of this process, or "" unless it is root. nginx's workers under root would
// run as its default user, which can read neither the page nor the captures.
std::string WorkerUser() {
  if (geteuid() != 0) return "";
  std::array<char, 4096> buffer{};
  passwd user{};
  passwd* found_user = nullptr;
  group group_entry{};
  group* found_group = nullptr;
  if (getpwuid_r(geteuid(), &user, buffer.data(), buffer.size(), &found_user) != 0 ||
      found_user == nullptr) {
    return "root";
  }
  std::string name = user.pw_name;
  if (getgrgid_r(getegid(), &group_entry, buffer.data(), buffer.size(), &found_group) != 0 ||
      found_group == nullptr) {
    return name;
  }
  return name + " " + group_entry.gr_name;
}

// Returns true if MakeMemoryFolder can have made it.
bool IsMemoryFolder(std::string_view folder) {
  const std::string_view prefix = kMemoryFolderPrefix;
  return folder.starts_with(prefix) && folder.size() == prefix.size() + 6 &&
         folder.find('/', prefix.size()) == std::string_view::npos;
}

}  // namespace

std::string FindNginx(const std::string& nginx_path) {
  if (nginx_path.find('/') != std::string::npos) return nginx_path;
  for (const char* folder : {"/usr/sbin/", "/usr/local/sbin/"}) {
    std::string path = folder + nginx_path;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return nginx_path;
}

Edge::Edge(EdgeOptions options, process::SystemRunner& runner)
    : options_(std::move(options)), runner_(runner), client_(http::MakeCurlClient()) {
  options_.nginx_path = FindNginx(options_.nginx_path);
  options_.worker_user = WorkerUser();
}

Edge::~Edge() {
  Stop(milliseconds(0));
}

Status Edge::Start() {
  TRY(CreateDirectories(options_.run_dir));
  MakeMemoryFolder();
  TRY_ASSIGN(options_.status_socket, StatusSocket());
  if (!std::filesystem::exists(options_.web_dir + "/index.html")) {
    Log(Severity::kWarn, kLogger, "the page is not built, only the API is served",
        {{"web_dir", options_.web_dir}});
  }
  if (options_.connections_per_address > 0 && access(options_.accept_library.c_str(), R_OK) != 0) {
    Log(Severity::kWarn, kLogger,
        "a library is missing, so CONNECTIONS_PER_ADDRESS leaves out connections without a request",
        {{"library", options_.accept_library}});
    options_.accept_library.clear();
  }
  TRY_ASSIGN(const std::string config, NginxConfig(options_));
  TRY(CheckHosts());
  config_path_ = options_.run_dir + "/nginx.conf";
  TRY(WriteFileAtomically(config_path_, config));
  TRY(CheckPort());
  TRY(Launch());
  watcher_ = std::thread([this] { Watch(); });
  pthread_setname_np(watcher_.native_handle(), "edge");
  return {};
}

// Returns the path of the status socket: in the run folder, or in memory if that path is too long
// for the address of a socket.
Result<std::string> Edge::StatusSocket() const {
  std::string path = options_.run_dir + "/status.sock";
  if (path.size() <= http::kSocketPathBytesMax) return path;
  if (!memory_folder_.empty()) return memory_folder_ + "/status.sock";
  return Fail(Code::kInvalidArgument, "the path " + EscapeUnprintable(path) +
                                          " is too long for a socket; use a shorter one");
}

// The cache is in memory: on a full disk nginx would cut off each answer that it keeps. A link in
// the run folder names the folder, so that the next start removes what a killed process left.
// Without such a folder, the cache is in the run folder.
void Edge::MakeMemoryFolder() {
  namespace fs = std::filesystem;
  const std::string link = options_.run_dir + "/memory";
  std::error_code ignored;  // Without the link, a few kilobytes may stay in memory.
  const std::string earlier = fs::read_symlink(link, ignored).string();
  if (IsMemoryFolder(earlier)) fs::remove_all(earlier, ignored);
  fs::remove(link, ignored);

  std::string folder = std::string(kMemoryFolderPrefix) + "XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return;
  memory_folder_ = folder;
  options_.cache_dir = folder + "/cache";
  fs::create_directory_symlink(folder, link, ignored);
}

// The link stays: it may name the folder of a later run by now, and the next run replaces it.
void Edge::RemoveMemoryFolder() const {
  std::error_code ignored;
  if (!memory_folder_.empty()) std::filesystem::remove_all(memory_folder_, ignored);
}

// Resolves the servers' hosts before nginx does, for one clear error instead of five lines of
// nginx.
Status Edge::CheckHosts() const {
  for (const Upstream& row : options_.upstreams) {
    AddressInfo info;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    const auto& [host, port, setting] = row.server;
    const int error = getaddrinfo(host.c_str(), nullptr, &hints, &info.list);
    if (error == 0) continue;
    std::string message = "the host \"";
    message.append(host).append("\" of ").append(setting).append(" cannot be found: ");
    return Fail(Code::kUnavailable, message + gai_strerror(error));
  }
  return {};
}

// Checks the port before nginx binds it, for one clear error.
Status Edge::CheckPort() const {
  // Only an earlier run leaves a pid file: its nginx may be about to exit.
  const bool had_nginx = std::filesystem::exists(options_.run_dir + "/nginx.pid");
  const auto deadline = steady_clock::now() + (had_nginx ? kOldNginxGone : milliseconds(0));
  int error = 0;
  do {
    error = WithSocket(options_.host, options_.port, &bind);
    if (error == 0) return {};
    if (error == EADDRINUSE) std::this_thread::sleep_for(kPollInterval);
  } while (error == EADDRINUSE && steady_clock::now() < deadline);
  const std::string where = options_.host + ":" + std::to_string(options_.port);
  if (error == EADDRINUSE) {
    return Fail(Code::kUnavailable, "port " + std::to_string(options_.port) +
                                        " is already in use on " + options_.host +
                                        " (another Matinee?); choose another one with PORT=…");
  }
  return Fail(SystemError("cannot listen on " + where + " (HOST, PORT)", error));
}

Status Edge::Launch() {
  // A killed nginx leaves its socket, and the next one could not bind it.
  unlink(options_.status_socket.c_str());
  process::Command command;
  command.argv = {options_.nginx_path, "-c", config_path_, "-e", "stderr"};
  command.environment = NginxEnvironment();
  command.death_signal = SIGTERM;  // SIGKILL would leave nginx's workers running.
  auto child = runner_.Start(command, [this](std::string_view line) { OnLine(line); });
  if (!child) {
    return Fail(
        child.error().WithContext("nginx is needed (install the package nginx-light, or set "
                                  "NGINX_PATH)"));
  }
  child_ = *std::move(child);
  const auto deadline = steady_clock::now() + kStartMax;
  while (steady_clock::now() < deadline && !stopping_) {
    if (child_->Wait(kPollInterval)) {
      const std::lock_guard lock(mutex_);
      return Fail(Code::kUnavailable, "nginx does not start: " + last_stderr_);
    }
    if (WithSocket(LocalAddress(options_.host), options_.port, &connect) == 0) {
      healthy_ = true;
      return {};
    }
  }
  return Fail(Code::kUnavailable, "nginx does not accept connections");
}

// Empty: that of this process.
std::vector<std::string> Edge::NginxEnvironment() const {
  if (options_.connections_per_address == 0 || options_.accept_library.empty()) return {};
  std::vector<std::string> environment = process::InheritedEnvironment(environ);
  std::string trusted;
  for (const std::string& proxy : options_.trusted_proxies) {
    trusted += (trusted.empty() ? "" : ",") + proxy;
  }
  environment.push_back("LD_PRELOAD=" + options_.accept_library);
  environment.push_back("MATINEE_ACCEPT_LIMIT=" + std::to_string(options_.connections_per_address));
  environment.push_back("MATINEE_ACCEPT_TRUSTED=" + trusted);
  return environment;
}

void Edge::Watch() {
  milliseconds pause = kRestartFirst;
  auto started = steady_clock::now();
  while (!stopping_) {
    LogRepeatedLines();
    if (!child_->Wait(kWatchStep) || stopping_) continue;
    healthy_ = false;
    if (steady_clock::now() - started > kRanWell) pause = kRestartFirst;
    Log(Severity::kError, kLogger, "nginx exited, restarting it", {{"pause_ms", pause.count()}});
    for (auto slept = milliseconds(0); slept < pause && !stopping_; slept += kPollInterval) {
      std::this_thread::sleep_for(kPollInterval);
    }
    if (stopping_) return;
    started = steady_clock::now();
    ++restarts_;
    if (const Status launched = Launch(); !launched && !stopping_) {
      LogError(kLogger, "cannot restart nginx", launched.error());
    }
    pause = std::min(pause * 2, kRestartMax);
  }
}

Result<NginxStatus> Edge::ReadStatus() const {
  if (!healthy_) return Fail(Code::kUnavailable, "nginx is not running");
  TRY_ASSIGN(const http::ClientResponse answer, Get("/status", kStatusMax));
  return ParseStubStatus(answer.body);
}

// Sends a request to the status socket. nginx counts the connection, so it is closed at once.
Result<http::ClientResponse> Edge::Get(const std::string& target, milliseconds timeout) const {
  http::ClientRequest request;
  request.url = "http://localhost" + target;
  request.unix_socket = options_.status_socket;
  request.headers = {{"Connection", "close"}};
  request.timeout = timeout;
  request.body_bytes_max = kAnswerBytesMax;
  return client_->Send(request);
}

std::string Edge::NotReady() {
  if (!healthy_) return "nginx is not running";
  const std::lock_guard lock(readiness_mutex_);
  if (readiness_ && steady_clock::now() - readiness_->at < kHealthKept) return readiness_->reason;
  const auto answer = Get("/health", kHealthMax);
  std::string reason;
  if (!answer) {
    reason = "the API does not answer: " + answer.error().message;
  } else if (answer->status == 502 || answer->status == 504) {
    reason = "the API does not answer";
  } else if (answer->status != 200) {
    reason = "the API answers with " + std::to_string(answer->status);
  }
  readiness_ = Readiness{reason, steady_clock::now()};
  return reason;
}

void Edge::Stop(milliseconds grace) {
  if (stopping_.exchange(true)) return;
  if (watcher_.joinable()) watcher_.join();
  if (child_) {
    healthy_ = false;
    child_->Signal(SIGQUIT);  // nginx's graceful shutdown; SIGTERM is the fast one.
    if (!child_->Wait(grace)) {
      child_->Signal(SIGTERM);
      static_cast<void>(child_->Wait(kFastEnd));  // Then its process group is killed.
    }
    child_.reset();  // Joins the thread that calls OnLine.
  }
  RemoveMemoryFolder();
}

void Edge::OnLine(std::string_view line) {
  if (line.starts_with(kRefusalPrefix)) return OnRefusals(line);
  // nginx writes "2026/02/18 12:00:00 [emerg] 123#123: bind() …". The time is dropped.
  const size_t bracket = line.find('[');
  const std::string_view text = bracket == std::string_view::npos ? line : line.substr(bracket);
  {
    const std::lock_guard lock(mutex_);
    last_stderr_ = EscapeUnprintable(TruncateUtf8(text, kStderrLineMax));
    // At start, the last line becomes the error of Start.
    if (!healthy_ || !lines_.Add(last_stderr_, steady_clock::now())) return;
  }
  LogLine(text, 0);
}

void Edge::OnRefusals(std::string_view report) {
  report.remove_prefix(std::string_view(kRefusalPrefix).size());
  const size_t space = std::min(report.find(' '), report.size());
  refused_connections_ += ParseInt(report.substr(0, space)).value_or(0);
  const std::string text = "[warn] connections refused, the last one, client:" +
                           EscapeUnprintable(report.substr(space)) +
                           ", has CONNECTIONS_PER_ADDRESS open";
  {
    const std::lock_guard lock(mutex_);
    if (!lines_.Add(text, steady_clock::now())) return;
  }
  LogLine(text, 0);
}

void Edge::LogLine(std::string_view text, int64_t repeated) const {
  const bool severe = text.starts_with("[emerg]") || text.starts_with("[alert]");
  const Severity severity = severe ? Severity::kError : Severity::kInfo;
  if (repeated == 0) return Log(severity, "nginx", "nginx wrote to stderr", {{"line", text}});
  Log(severity, "nginx", "nginx wrote to stderr, repeatedly",
      {{"line", text}, {"repeated", repeated}});
}

void Edge::LogRepeatedLines() {
  std::vector<RepeatedLines::Line> due;
  {
    const std::lock_guard lock(mutex_);
    due = lines_.Due(steady_clock::now());
  }
  for (const auto& [text, repeated] : due) LogLine(text, repeated);
}

}  // namespace matinee::edge
