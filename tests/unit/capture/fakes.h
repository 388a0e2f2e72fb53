// Fakes that can fail: a database, a folder, a queue, a renderer.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capture/capture.h"
#include "capture/file_store.h"
#include "capture/queues.h"
#include "capture/worker.h"
#include "coord/local/job_queue.h"
#include "sql/database.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::capture {

inline const coord::QueueFilter kAllSlots = coord::AllQueues(Queues());
inline const coord::QueueFilter kReservedSlot = {coord::PlaceOf(Queues(), kScreenshotQueue)};

inline void WriteTextFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string ReadTextFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The files below `folder`, without the folders.
inline std::set<std::string> FilesIn(const std::string& folder) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) {
      files.insert(std::filesystem::relative(entry.path(), folder).string());
    }
  }
  return files;
}

// A real database with injected failures: before the statement, or after it (a lost answer).
class UnreliableDatabase final : public sql::Database {
 public:
  enum class Failure { kBefore, kAfter };

  explicit UnreliableDatabase(std::unique_ptr<sql::Database> real) : real_(std::move(real)) {}

  // From now on the `nth` run (1: the next) of the query fails, and the `times - 1` runs after it.
  void FailOn(const std::string& query, int nth = 1, int times = 1,
              Failure failure = Failure::kBefore) {
    const std::lock_guard lock(mutex_);
    plans_[query] = {nth, nth + times - 1, failure};
  }
  void Recover() {
    const std::lock_guard lock(mutex_);
    plans_.clear();
  }
  // Sets the code of the failures.
  void FailWith(Code code) { code_ = code; }
  // Returns the number of failures.
  [[nodiscard]] int failures() const { return failures_; }

  Result<sql::Rows> Run(const sql::Query& query,
                        std::initializer_list<sql::Value> values) override {
    return Try(query, [&] { return real_->Run(query, values); });
  }

  Result<sql::Rows> RunGroupCommit(const sql::Query& query,
                                   std::initializer_list<sql::Value> values) override {
    return Try(query, [&] { return real_->RunGroupCommit(query, values); });
  }

  Status Transact(const std::function<Status(sql::Session&)>& body) override {
    return real_->Transact([&](sql::Session& session) {
      Inner inner(*this, session);
      return body(inner);
    });
  }

 private:
  struct Plan {
    int first = 0;  // Runs to go.
    int last = 0;
    Failure failure = Failure::kBefore;
  };

  class Inner final : public sql::Session {
   public:
    Inner(UnreliableDatabase& outer, sql::Session& real) : outer_(outer), real_(real) {}
    Result<sql::Rows> Run(const sql::Query& query,
                          std::initializer_list<sql::Value> values) override {
      return outer_.Try(query, [&] { return real_.Run(query, values); });
    }

   private:
    UnreliableDatabase& outer_;
    sql::Session& real_;
  };

  template <typename Statement>
  Result<sql::Rows> Try(const sql::Query& query, const Statement& run) {
    const std::optional<Failure> failure = NextFailure(std::string(query.name));
    if (failure != Failure::kBefore) {
      auto rows = run();
      if (!failure || !rows) return rows;
    }
    ++failures_;
    return Fail(code_, "the database is unavailable");
  }

  std::optional<Failure> NextFailure(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto plan = plans_.find(name);
    if (plan == plans_.end()) return std::nullopt;
    const bool fails = --plan->second.first <= 0 && plan->second.last > 0;
    --plan->second.last;
    return fails ? std::optional(plan->second.failure) : std::nullopt;
  }

  const std::unique_ptr<sql::Database> real_;
  std::mutex mutex_;
  std::map<std::string, Plan> plans_;
  std::atomic<Code> code_{Code::kUnavailable};
  std::atomic<int> failures_{0};
};

// A real folder with injected failures.
class UnreliableFolder final : public FileStore {
 public:
  explicit UnreliableFolder(const std::string& folder) : real_(folder) {}

  Status Open() { return real_.Open(); }

  [[nodiscard]] std::string TemporaryPath(const std::string& name) const override {
    return real_.TemporaryPath(name);
  }
  Result<int64_t> Publish(const std::string& temporary_path, const std::string& name) override {
    const auto refused = refused_.find(name.substr(name.rfind('.')));
    if (refused != refused_.end()) return Fail(refused->second);
    if (refuse_once && refuse_once(name)) {
      refuse_once = nullptr;
      return Fail(Code::kUnavailable, "not this one");
    }
    if (on_publish) on_publish(name);
    auto published = real_.Publish(temporary_path, name);
    if (on_published) on_published(name);
    return published;
  }
  [[nodiscard]] std::string ReadablePath(const std::string& name) const override {
    return real_.ReadablePath(name);
  }
  void Discard(const std::string& temporary_path) override { real_.Discard(temporary_path); }
  Result<std::vector<std::string>> TemporaryNames() const override {
    if (on_list) on_list();
    return real_.TemporaryNames();
  }
  Status Remove(const std::string& name) override {
    if (!removable) return Fail(Code::kPermissionDenied, "the folder is read-only");
    return real_.Remove(name);
  }
  Result<int64_t> FreeBytes() const override {
    if (free_bytes < 0) return Fail(Code::kUnavailable, "the folder does not answer");
    return free_bytes;
  }

  // Publishing a name with this ending (".jpg", ".mp4") fails.
  void Refuse(const std::string& ending, Code code) {
    refused_[ending] = Error{code, "files of this kind are refused"};
  }
  void AcceptAll() { refused_.clear(); }

  std::function<void(const std::string& name)> on_publish;    // Before the file is published,
  std::function<void(const std::string& name)> on_published;  // and after.
  std::function<void()> on_list;                              // Before temporary files are listed.
  std::function<bool(const std::string& name)> refuse_once;
  bool removable = true;
  int64_t free_bytes = int64_t{1} << 40;  // Below 0: FreeBytes() fails.

 private:
  FolderStore real_;
  std::map<std::string, Error> refused_;
};

// A real queue that can be unreachable.
class UnreliableQueue final : public coord::JobQueue {
 public:
  [[nodiscard]] const coord::QueueTable& queues() const override { return real_.queues(); }
  [[nodiscard]] std::string_view system() const override { return real_.system(); }
  Status Enqueue(const coord::Job& job, coord::Term term = coord::kNoTerm) override {
    if (!reachable) return Unreachable();
    if (term != coord::kNoTerm && term < last_term) {
      return Fail(Code::kConflict, "another process is the leader now");
    }
    return real_.Enqueue(job, term);
  }
  std::optional<coord::Delivery> Receive(const coord::QueueFilter& filter,
                                         std::chrono::milliseconds wait) override {
    return real_.Receive(filter, wait);
  }
  Status Ack(const coord::Delivery& delivery) override {
    return reachable ? real_.Ack(delivery) : Unreachable();
  }
  Status Nack(const coord::Delivery& delivery) override { return real_.Nack(delivery); }
  Status DeadLetter(const coord::Delivery& delivery, const std::string& reason) override {
    return real_.DeadLetter(delivery, reason);
  }
  Result<std::set<std::string>> Live(const std::vector<std::string>& capture_ids) override {
    if (!reachable && !capture_ids.empty()) return Unreachable();
    return real_.Live(capture_ids);
  }
  Result<std::vector<coord::QueueState>> State() override { return real_.State(); }
  Result<std::vector<coord::DeadLetterJob>> DeadLetters(size_t limit) override {
    return real_.DeadLetters(limit);
  }
  void Close() override { real_.Close(); }

  std::atomic<bool> reachable = true;
  coord::Term last_term =
      coord::kNoTerm;  // The term of the last leader, as a shared queue knows it.

 private:
  static tl::unexpected<Error> Unreachable() {
    return Fail(Code::kUnavailable, "the queue cannot be reached");
  }

  const SystemClock clock_{};
  coord::LocalJobQueue real_{Queues(), clock_};
};

// Replaces FFmpeg: writes the files of a capture as Renderer would, or runs the script of a test.
class FakeRenderer {
 public:
  using Script = RenderFunction;

  explicit FakeRenderer(FileStore& files) : files_(files) {}

  // Returns the function for the worker.
  RenderFunction AsRenderFunction() {
    return [this](const Capture& capture, const ProgressCallback& on_progress,
                  const process::CancelFlag& cancel) {
      Script script;
      {
        const std::lock_guard lock(mutex_);
        ++renders_;
        script = script_;
      }
      return script ? script(capture, on_progress, cancel) : Make(capture);
    };
  }

  PosterFunction AsPosterFunction() {
    return
        [this](const Capture& capture, const process::CancelFlag& cancel) -> Result<std::string> {
          ++posters_;
          if (on_poster) TRY(on_poster(capture, cancel));
          std::string path = files_.TemporaryPath(capture.id + ".poster.jpg");
          WriteTextFile(path, "poster of " + ReadTextFile(files_.ReadablePath(capture.file_name)));
          return path;
        };
  }

  void Play(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  void FailWith(Code code) {
    Play([code](const auto&, const auto&, const auto&) -> Result<RenderedFiles> {
      return Fail(code, "the renderer says " + std::string(InfoOf(code).name));
    });
  }

  // Writes the files of a successful attempt: a screenshot with its thumbnail, a clip without
  // poster.
  RenderedFiles Make(const Capture& capture, bool with_thumbnail = true) const {
    const std::string stem = capture.id + "." + std::to_string(capture.attempt);
    const bool screenshot = capture.spec.type == Type::kScreenshot;
    RenderedFiles rendered;
    rendered.file_path = files_.TemporaryPath(stem + (screenshot ? ".jpg" : ".mp4"));
    WriteTextFile(rendered.file_path, "attempt " + std::to_string(capture.attempt));
    if (with_thumbnail && screenshot) {
      rendered.thumbnail_path = files_.TemporaryPath(stem + ".thumbnail.jpg");
      WriteTextFile(rendered.thumbnail_path, "small");
    }
    rendered.result.timestamp_seconds = capture.spec.start_seconds - 0.25;
    if (!screenshot) rendered.result.duration_seconds = 7.5;
    rendered.result.width = 1920;
    rendered.result.height = 1080;
    return rendered;
  }

  [[nodiscard]] int posters() const { return posters_; }
  // Called before a poster is rendered, if set; its failure is the poster's.
  std::function<Status(const Capture& capture, const process::CancelFlag& cancel)> on_poster;

  [[nodiscard]] int renders() const {
    const std::lock_guard lock(mutex_);
    return renders_;
  }

 private:
  FileStore& files_;
  mutable std::mutex mutex_;
  Script script_;
  int renders_ = 0;
  std::atomic<int> posters_{0};
};

}  // namespace matinee::capture
