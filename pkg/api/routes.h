// The REST API: which request means which call. Nothing else knows both HTTP and the domain.
//
// The contract is api/openapi.yaml; a test holds this table against it.
//
// Thread safety: the handlers may be called from several threads at once.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "capture/service.h"
#include "http/message.h"
#include "media/session_watcher.h"
#include "sql/database.h"

namespace matinee::api {

// How long POST capture/screenshot waits for the picture before it answers 202.
constexpr std::chrono::seconds kScreenshotWait{10};

// What the routes call; all of it outlives them.
struct Services {
  capture::Service& captures;
  sql::Database& database;
  media::SessionWatcher& sessions;
  const Clock& clock;
  // Free bytes where captures are kept.
  std::function<Result<int64_t>()> free_bytes;
};

struct ApiOptions {
  std::string base_path;  // "" or "/matinee"
  std::string version;
  bool demo = false;  // A pretend media server plays, since none is configured.
  int64_t free_bytes_min = 0;
};

std::vector<http::Route> Routes(const Services& services, const ApiOptions& options);

}  // namespace matinee::api
