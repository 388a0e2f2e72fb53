// Pages of the gallery.
#include "library/gallery.h"

#include <string>
#include <vector>

#include "tests/unit/capture/capture_fixture.h"

namespace matinee::library {
namespace {

using capture::Capture;
using capture::Phase;
using capture::Type;
using std::chrono::seconds;
using Ids = std::vector<std::string>;

class GalleryTest : public capture::StoreTest {
 protected:
  // Adds a capture, one second after the last.
  std::string Add(Type type = Type::kScreenshot) {
    clock_.Advance(seconds(1));
    position_ += 20;
    const Capture added = AskNew(type == Type::kScreenshot ? ScreenshotAt(position_)
                                                           : ClipOf(position_, position_ + 10));
    return added.id;
  }
  GalleryPage Page(const GalleryQuery& query) {
    auto page = ListCaptures(*database_, query);
    EXPECT_TRUE(page) << page.error().message;
    return page.value_or(GalleryPage{});
  }
  static Ids IdsOf(const GalleryPage& page) {
    Ids ids;
    for (const Capture& capture : page.captures) ids.push_back(capture.id);
    return ids;
  }

 private:
  double position_ = 0;
};

TEST_F(GalleryTest, IsEmptyAtFirst) {
  const GalleryPage page = Page({});
  EXPECT_TRUE(page.captures.empty());
  EXPECT_EQ(page.total, 0);
}

TEST_F(GalleryTest, ShowsTheNewestFirst) {
  const std::string first = Add();
  const std::string second = Add(Type::kClip);
  const std::string third = Add();
  EXPECT_EQ(IdsOf(Page({})), Ids({third, second, first}));
}

TEST_F(GalleryTest, PagesHaveNoGapAndNoOverlap) {
  Ids all;
  for (int i = 0; i < 7; ++i) all.insert(all.begin(), Add());
  Ids seen;
  for (int64_t offset = 0; offset < 9; offset += 3) {
    const GalleryPage page = Page({.type = {}, .limit = 3, .offset = offset});
    EXPECT_EQ(page.total, 7);
    for (const std::string& id : IdsOf(page)) seen.push_back(id);
  }
  EXPECT_EQ(seen, all);
  EXPECT_TRUE(Page({.type = {}, .limit = 3, .offset = 7}).captures.empty());
  EXPECT_EQ(Page({.type = {}, .limit = 3, .offset = 1'000'000'000}).total, 7);
}

TEST_F(GalleryTest, PagesHaveNoOverlapForCapturesOfTheSameInstant) {
  std::set<std::string> all;
  for (int i = 0; i < 9; ++i) all.insert(AskForScreenshot().id);
  std::set<std::string> seen;
  for (int64_t offset = 0; offset < 9; offset += 2) {
    for (const std::string& id : IdsOf(Page({.type = {}, .limit = 2, .offset = offset}))) {
      EXPECT_TRUE(seen.insert(id).second) << "shown twice: " << id;
    }
  }
  EXPECT_EQ(seen, all);
}

TEST_F(GalleryTest, FiltersAndCountsByType) {
  const std::string first = Add();
  const std::string clip = Add(Type::kClip);
  const std::string second = Add();
  const GalleryPage screenshots = Page({.type = Type::kScreenshot, .limit = 1, .offset = 0});
  EXPECT_EQ(IdsOf(screenshots), Ids({second}));
  EXPECT_EQ(screenshots.total, 2);
  const GalleryPage clips = Page({.type = Type::kClip, .limit = 50, .offset = 0});
  EXPECT_EQ(IdsOf(clips), Ids({clip}));
  EXPECT_EQ(clips.total, 1);
}

TEST_F(GalleryTest, ShowsEveryPhaseExceptDeleting) {
  Ids shown;
  for (const auto phase : {Phase::kQueued, Phase::kRunning, Phase::kRetrying, Phase::kComplete,
                           Phase::kFailed, Phase::kCancelled}) {
    clock_.Advance(seconds(1));
    shown.insert(shown.begin(), In(phase).id);
  }
  In(Phase::kDeleting);
  const GalleryPage page = Page({});
  EXPECT_EQ(IdsOf(page), shown);
  EXPECT_EQ(page.total, 6);
}

TEST_F(GalleryTest, LeavesOutACorruptRowAndShowsTheOthers) {
  const std::string first = Add();
  const std::string corrupt = Add();
  const std::string last = Add();
  ASSERT_TRUE(
      database_->Run({"test", "UPDATE captures SET attempt = -1 WHERE id = $1"}, {corrupt}));
  EXPECT_EQ(IdsOf(Page({})), Ids({last, first}));
}

TEST_F(GalleryTest, FailsWhenTheDatabaseFails) {
  for (const char* query : {"gallery_count", "gallery_page"}) {
    database_->FailOn(query);
    const auto page = ListCaptures(*database_, {});
    ASSERT_FALSE(page) << query;
    EXPECT_EQ(page.error().code, Code::kUnavailable);
  }
}

}  // namespace
}  // namespace matinee::library
