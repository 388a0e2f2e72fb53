// The settings of the program: one struct a package, declared by the package in a section.
//
// Thread safety: plain values.
#pragma once

#include <string>
#include <vector>

#include "api/api_settings.h"
#include "base/result.h"
#include "capture/capture_settings.h"
#include "config/load.h"
#include "coord/redis_settings.h"
#include "edge/edge_settings.h"
#include "ffmpeg/ffmpeg_settings.h"
#include "http/address_settings.h"
#include "jobs/worker_settings.h"
#include "live/live_settings.h"
#include "media/media_settings.h"
#include "runtime/process_settings.h"
#include "sql/database_settings.h"
#include "telemetry/log_settings.h"
#include "telemetry/trace_settings.h"

namespace matinee {

struct Settings {
  http::AddressSettings address;
  edge::EdgeSettings edge;
  api::ApiSettings api;
  live::LiveSettings live;
  ProcessSettings process;
  sql::DatabaseSettings database;
  coord::RedisSettings redis;
  capture::CaptureSettings captures;
  jobs::WorkerSettings worker;
  ffmpeg::FfmpegSettings ffmpeg;
  media::MediaSettings media;
  AdminSettings admin;
  LogSettings log;
  TraceSettings tracing;

  config::Loaded loaded;  // Warnings, and what --print-config prints.
};

// Returns the sections, in the order of docs/configuration.md. They fill `settings`, which must
// outlive them.
config::Sections SectionsOf(Settings& settings);

// Reads sections from the environment of this process and the file that MATINEE_CONFIG names. See
// config::Load.
Result<config::Loaded> LoadSections(const config::Sections& sections);

// Reads the settings of this process.
Result<Settings> LoadSettings();

// Returns docs/configuration.md.
std::string ConfigurationMarkdown();

}  // namespace matinee
