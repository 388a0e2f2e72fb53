// libmatinee_accept.so is loaded into nginx by LD_PRELOAD. It closes the connections of a client
// address beyond a limit as soon as they are accepted: nginx's own limit_conn counts a connection
// only when it has read the head of a request, so unfinished heads would use up all connections.
//
// Its settings are variables of the environment: MATINEE_ACCEPT_LIMIT, a number, and
// MATINEE_ACCEPT_TRUSTED, addresses and networks with commas between them that have no limit. What
// it refuses it reports on stderr, at most once a second (see refusal_report.h).

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "edge/accept_limit/connection_table.h"
#include "edge/accept_limit/refusal_report.h"

namespace matinee::edge {
namespace {

// nginx's worker_rlimit_nofile is 4096. Descriptors beyond are not counted.
constexpr size_t kDescriptorsMax = 65536;
// Connections that are closed before nginx gets control again.
constexpr int kRefusalsInARow = 64;
constexpr size_t kTrustedMax = 64;  // config::kListItemsMax
constexpr int64_t kReportInterval = 1;

struct Network {
  ClientAddress address;
  int bits;
};

// Of this process and, if it is in shared memory, of those that were forked later.
struct State {
  uint32_t limit = 0;
  std::array<Network, kTrustedMax> trusted{};
  size_t trusted_count = 0;
  ConnectionTable* table = nullptr;
  pid_t pid = 0;
  // Of the worker itself, which has one thread.
  std::array<int, kDescriptorsMax> entries{};  // By descriptor: the table's entry and 1, or 0.
  uint64_t refused = 0;                        // Not yet reported.
  int64_t reported_at = 0;
  ClientAddress last_refused{};
};

State state;

int RealAccept(int socket, sockaddr* address, socklen_t* length, int flags) {
  using Function = int (*)(int, sockaddr*, socklen_t*, int);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "accept4"));
  return real(socket, address, length, flags);
}

int RealClose(int fd) {
  using Function = int (*)(int);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "close"));
  return real(fd);
}

void SetIpv4(ClientAddress& address, const void* four_bytes) {
  address = {};
  address[10] = address[11] = 0xFF;
  std::memcpy(&address[12], four_bytes, 4);
}

bool ParseNetwork(char* text, Network& network) {
  char* slash = std::strchr(text, '/');
  if (slash != nullptr) *slash = '\0';
  in_addr ipv4{};
  const bool is_ipv4 = inet_pton(AF_INET, text, &ipv4) == 1;
  if (is_ipv4) {
    SetIpv4(network.address, &ipv4);
  } else if (inet_pton(AF_INET6, text, network.address.data()) != 1) {
    return false;
  }
  const int width = is_ipv4 ? 32 : 128;
  network.bits = (slash == nullptr ? width : std::atoi(slash + 1)) + (128 - width);
  return true;
}

bool Contains(const Network& network, const ClientAddress& address) {
  const auto whole = static_cast<size_t>(network.bits / 8);
  if (std::memcmp(network.address.data(), address.data(), whole) != 0) return false;
  const int rest = network.bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xFF << (8 - rest));
  return ((network.address[whole] ^ address[whole]) & mask) == 0;
}

bool IsTrusted(const ClientAddress& address) {
  for (size_t i = 0; i < state.trusted_count; ++i) {
    if (Contains(state.trusted[i], address)) return true;
  }
  return false;
}

// Returns false for a socket of another family, such as nginx's status socket.
bool AddressOf(const sockaddr_storage& peer, ClientAddress& address) {
  if (peer.ss_family == AF_INET) {
    SetIpv4(address, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr);
    return true;
  }
  if (peer.ss_family != AF_INET6) return false;
  std::memcpy(address.data(), &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, 16);
  return true;
}

void Report() {
  if (state.refused == 0) return;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (now.tv_sec - state.reported_at < kReportInterval) return;
  std::array<char, INET6_ADDRSTRLEN> address{};
  constexpr ClientAddress kIpv4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const bool is_ipv4 = std::memcmp(state.last_refused.data(), kIpv4Prefix.data(), 12) == 0;
  inet_ntop(is_ipv4 ? AF_INET : AF_INET6, &state.last_refused[is_ipv4 ? 12 : 0], address.data(),
            address.size());
  std::array<char, 160> line{};
  const int size = std::snprintf(line.data(), line.size(), "%s%llu %s\n", kRefusalPrefix,
                                 static_cast<unsigned long long>(state.refused), address.data());
  // The pipe may be full; then it is reported later.
  if (write(STDERR_FILENO, line.data(), static_cast<size_t>(size)) != size) return;
  state.refused = 0;
  state.reported_at = now.tv_sec;
}

// Whether the connection may stay.
bool Admit(int fd, const sockaddr_storage& peer) {
  ClientAddress address;
  if (!AddressOf(peer, address) || IsTrusted(address)) return true;
  const int entry = state.table->Add(address, state.limit, state.pid);
  if (entry == ConnectionTable::kRefused) {
    ++state.refused;
    state.last_refused = address;
    return false;
  }
  if (entry < 0) return true;
  if (static_cast<size_t>(fd) < kDescriptorsMax) {
    state.entries[static_cast<size_t>(fd)] = entry + 1;
  } else {
    state.table->Remove(entry, state.pid);
  }
  return true;
}

int AcceptLimited(int socket, sockaddr* address, socklen_t* length, int flags) {
  for (int i = 0; i < kRefusalsInARow; ++i) {
    sockaddr_storage peer{};
    socklen_t peer_length = sizeof peer;
    const int fd = RealAccept(socket, reinterpret_cast<sockaddr*>(&peer), &peer_length, flags);
    if (fd < 0) {
      const int error = errno;
      Report();
      errno = error;
      return fd;
    }
    if (Admit(fd, peer)) {
      Report();
      if (address != nullptr && length != nullptr) {
        std::memcpy(address, &peer, *length < peer_length ? *length : peer_length);
        *length = peer_length;
      }
      return fd;
    }
    const linger reset{1, 0};  // At once, also for the kernel.
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    RealClose(fd);
  }
  Report();
  errno = EAGAIN;
  return -1;
}

__attribute__((constructor)) void Initialize() {
  // No thread is there yet.
  const char* limit = std::getenv("MATINEE_ACCEPT_LIMIT");      // NOLINT(concurrency-mt-unsafe)
  const char* trusted = std::getenv("MATINEE_ACCEPT_TRUSTED");  // NOLINT(concurrency-mt-unsafe)
  if (limit == nullptr) return;
  static std::array<char, 8192> networks{};
  std::snprintf(networks.data(), networks.size(), "%s", trusted == nullptr ? "" : trusted);
  char* rest = nullptr;
  for (char* text = strtok_r(networks.data(), ",", &rest);
       text != nullptr && state.trusted_count < kTrustedMax; text = strtok_r(nullptr, ",", &rest)) {
    if (ParseNetwork(text, state.trusted[state.trusted_count])) ++state.trusted_count;
  }
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
    seed = static_cast<uint64_t>(getpid());
  }
  state.table = ConnectionTable::Make(seed);
  state.limit = state.table == nullptr ? 0 : static_cast<uint32_t>(std::atoi(limit));
  state.pid = getpid();
  pthread_atfork(nullptr, nullptr, [] { state.pid = getpid(); });
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int accept4(int socket, sockaddr* address, socklen_t* length,
                                                   int flags) {
  return state.limit == 0 ? RealAccept(socket, address, length, flags)
                          : AcceptLimited(socket, address, length, flags);
}

__attribute__((visibility("default"))) int accept(int socket, sockaddr* address,
                                                  socklen_t* length) {
  return accept4(socket, address, length, 0);
}

__attribute__((visibility("default"))) int close(int fd) {
  if (fd >= 0 && static_cast<size_t>(fd) < kDescriptorsMax) {
    int& entry = state.entries[static_cast<size_t>(fd)];
    if (entry != 0) {
      state.table->Remove(entry - 1, state.pid);
      entry = 0;
    }
  }
  return RealClose(fd);
}

}  // extern "C"

}  // namespace matinee::edge
