// The media folders that are mounted, and those that are not.
#include "media/media_roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <string>
#include <thread>

#include "tests/unit/await.h"
#include "tests/unit/manual_clock.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};

std::string Line(const std::string& root, int value) {
  return "matinee_media_root_available{root=\"" + root + "\"} " + std::to_string(value) + "\n";
}

// Scrapes until the line is there. A scrape that waited for a check would never return.
bool AwaitLine(Metrics& metrics, const std::string& line) {
  const auto limit = std::chrono::steady_clock::now() + kAwaitLimit;
  while (std::chrono::steady_clock::now() < limit) {
    if (metrics.Scrape().find(line) != std::string::npos) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST(MediaRoots, AFolderWithoutAnEntryIsNotMounted) {
  const TemporaryFolder folder;
  EXPECT_FALSE(IsMediaRootAvailable(folder.path()));
  EXPECT_FALSE(IsMediaRootAvailable(folder.File("missing")));
  EXPECT_FALSE(IsMediaRootAvailable(folder.Write("movies/film.mkv", "film")));
  EXPECT_TRUE(IsMediaRootAvailable(folder.path()));
  EXPECT_TRUE(IsMediaRootAvailable(folder.File("movies")));
}

TEST(MediaRoots, TheFoldersAreThoseOfTheSettingsEachOnce) {
  MediaSettings media;
  media.media_roots = {"/media/movies", "/media/shows/"};
  media.servers.emplace_back();
  media.servers.back().path_mappings = {{"/data/movies", "/media/movies/"}, {"D:\\Kids", "/kids"}};
  media.servers.emplace_back();
  media.servers.back().path_mappings = {{"/", "/"}, {"/kids", "/kids"}};
  EXPECT_THAT(MediaRootsOf(media), ElementsAre("/media/movies", "/media/shows", "/kids", "/"));
  EXPECT_THAT(MediaRootsOf(MediaSettings()), ElementsAre());
}

TEST(MediaRoots, EachFolderHasAGauge) {
  const TemporaryFolder folder;
  const std::string mounted = folder.File("mounted");
  const std::string empty = folder.File("empty");
  folder.Write("mounted/film.mkv", "film");
  std::filesystem::create_directory(empty);
  Metrics metrics;
  const ManualClock clock(kNow);
  MediaRoots roots({mounted, empty}, metrics, clock);
  EXPECT_THAT(metrics.Scrape(), HasSubstr(Line(mounted, 0))) << "nothing is known before a check";
  roots.Start();
  EXPECT_TRUE(AwaitLine(metrics, Line(mounted, 1)));
  EXPECT_THAT(metrics.Scrape(), HasSubstr(Line(empty, 0)));
  roots.Stop();
}

TEST(MediaRoots, ACheckThatHangsCountsAsAFolderThatIsNotAvailable) {
  Metrics metrics;
  ManualClock clock(kNow);
  std::atomic<bool> nas_hangs{false};
  CallCounter hanging;
  std::promise<void> nas_is_back;
  const std::shared_future<void> back = nas_is_back.get_future().share();
  MediaRoots roots(
      {"/media/movies", "/media/shows"}, metrics, clock,
      [&](const std::string& folder) {
        if (nas_hangs && folder == "/media/movies") {
          hanging.Add();
          back.wait();
        }
        return true;
      },
      milliseconds(1));
  roots.Start();
  EXPECT_TRUE(AwaitLine(metrics, Line("/media/movies", 1)));

  nas_hangs = true;
  EXPECT_TRUE(hanging.AwaitCalls(1));
  clock.Advance(seconds(10));
  EXPECT_THAT(metrics.Scrape(), HasSubstr(Line("/media/movies", 1))) << "disks may spin up";
  clock.Advance(seconds(1));
  EXPECT_THAT(metrics.Scrape(), HasSubstr(Line("/media/movies", 0)));
  EXPECT_TRUE(AwaitLine(metrics, Line("/media/shows", 1))) << "the other folder does not wait";

  nas_is_back.set_value();
  EXPECT_TRUE(AwaitLine(metrics, Line("/media/movies", 1)));
  roots.Stop();
}

}  // namespace
}  // namespace matinee::media
