// The REST API: maps requests to calls of the domain packages.
//
// The contract is api/openapi.yaml; a test compares this table with it.
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
#include "coord/job_queue.h"
#include "http/message.h"
#include "jobs/job_kind.h"
#include "media/session_watcher.h"
#include "sql/database.h"

namespace matinee::api {

// How long POST capture/screenshot waits for the screenshot before it answers 202.
constexpr std::chrono::seconds kScreenshotWait{10};

// The objects that the routes call. They must outlive the routes.
struct Services {
  capture::Service& captures;
  sql::Database& database;
  media::SessionWatcher& sessions;
  const jobs::JobKinds& kinds;
  coord::JobQueue& queue;
  const Clock& clock;
  // Returns the free bytes of the captures' file system.
  std::function<Result<int64_t>()> free_bytes;
};

struct ApiOptions {
  std::string base_path;  // "" or "/matinee"
  std::string version;
  bool demo = false;  // The demo media server runs, as none is configured.
  int64_t free_bytes_min = 0;
  bool mediasnap_compat = false;      // See ApiSettings.
  std::string capture_folder_notice;  // What is wrong with the folder of captures, or "".
};

std::vector<http::Route> Routes(const Services& services, const ApiOptions& options);

}  // namespace matinee::api
