// Fakes that can fail: a database, a folder, a queue, a renderer.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capture/capture.h"
#include "capture/capture_handler.h"
#include "capture/poster_kind.h"
#include "capture/queues.h"
#include "capture/render.h"
#include "coord/local/job_queue.h"
#include "sql/database.h"
#include "storage/folder_store.h"
#include "tests/unit/temporary_folder.h"
#include "tests/unit/text_files.h"
#include "tests/unit/unreliable_database.h"

namespace matinee::capture {

inline const coord::QueueTable kTestQueues = {
    {.name = kScreenshotQueue, .reserved_slots = 1},
    {.name = kClipQueue},
    {.name = kScreenshotBulkQueue, .uses_reserved_slots = true},
    {.name = kClipBulkQueue},
    {.name = kBackgroundQueue}};
inline const coord::QueueFilter kAllSlots = coord::AllQueues(kTestQueues);
inline const coord::QueueFilter kReservedSlot = {coord::PlaceOf(kTestQueues, kScreenshotQueue),
                                                 coord::PlaceOf(kTestQueues, kScreenshotBulkQueue)};

using sql::UnreliableDatabase;

// A real folder with injected failures.
class UnreliableFolder final : public storage::FileStore {
 public:
  explicit UnreliableFolder(const std::string& folder) : real_(folder, {kThumbnailFolder}) {}

  Status Open() { return real_.Open(); }

  [[nodiscard]] Result<std::string> TemporaryPath(const std::string& owner,
                                                  const std::string& name) const override {
    return real_.TemporaryPath(owner, name);
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
  [[nodiscard]] Result<std::string> ReadablePath(const std::string& name) const override {
    return real_.ReadablePath(name);
  }
  void Discard(const std::string& temporary_path) override { real_.Discard(temporary_path); }
  [[nodiscard]] Result<std::vector<storage::TemporaryFile>> TemporaryFiles(
      const std::string& owner) const override {
    if (on_list) std::exchange(on_list, nullptr)();
    return real_.TemporaryFiles(owner);
  }
  Status Remove(const std::string& name) override {
    if (!removable) return Fail(Code::kPermissionDenied, "the folder is read-only");
    return real_.Remove(name);
  }
  [[nodiscard]] Result<int64_t> FreeBytes() const override {
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
  mutable std::function<void()> on_list;  // Once, before temporary files are listed.
  std::function<bool(const std::string& name)> refuse_once;
  bool removable = true;
  int64_t free_bytes = int64_t{1} << 40;  // Below 0: FreeBytes() fails.

 private:
  storage::FolderStore real_;
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
  coord::LocalJobQueue real_{kTestQueues, clock_};
};

// Replaces FFmpeg: writes the files of a capture as Renderer would, or runs the script of a test.
class FakeRenderer {
 public:
  using Script = RenderFunction;

  explicit FakeRenderer(storage::FileStore& files) : files_(files) {}

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
          TRY_ASSIGN(std::string path, files_.TemporaryPath(kPosterKind, capture.id + ".jpg"));
          TRY_ASSIGN(const std::string clip, files_.ReadablePath(capture.file_name));
          WriteTextFile(path, "poster of " + ReadTextFile(clip));
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
    rendered.file_path =
        files_.TemporaryPath(kCaptureKind, stem + (screenshot ? ".jpg" : ".mp4")).value();
    WriteTextFile(rendered.file_path, "attempt " + std::to_string(capture.attempt));
    if (with_thumbnail && screenshot) {
      rendered.thumbnail_path = files_.TemporaryPath(kCaptureKind, stem + ".thumbnail.jpg").value();
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
  storage::FileStore& files_;
  mutable std::mutex mutex_;
  Script script_;
  int renders_ = 0;
  std::atomic<int> posters_{0};
};

}  // namespace matinee::capture
