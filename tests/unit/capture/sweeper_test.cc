// After crashes, full queues and failures of the database: everything comes to its end, and nothing
// stays behind.
#include "capture/sweeper.h"

#include <chrono>
#include <ostream>
#include <string>

#include "tests/unit/capture/house.h"

namespace matinee::capture {
namespace {

using std::chrono::seconds;

// --- Crashes ---------------------------------------------------------------------------------

class AfterACrash : public House {};

TEST_F(AfterACrash, WhatWasRunningIsMade) {
  const Capture capture = In(Phase::kRunning);
  ASSERT_TRUE(sweeper_->Recover());
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(capture));
}

TEST_F(AfterACrash, WhatWaitedIsMade) {
  const Capture queued = In(Phase::kQueued);
  const Capture retrying = In(Phase::kRetrying);
  ASSERT_TRUE(sweeper_->Recover());
  while (WorkOnce()) continue;
  EXPECT_EQ(Row(queued.id).phase, Phase::kComplete);
  EXPECT_EQ(Row(retrying.id).phase, Phase::kComplete);
}

TEST_F(AfterACrash, WhatWasToBeDeletedGoes) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  ASSERT_TRUE(store_->MarkDeleting(capture.id));
  Sweep();
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(store_->Deleting(10)->empty());
}

TEST_F(AfterACrash, AFileThatWasPublishedAlreadyIsReplaced) {
  const Capture capture = In(Phase::kRunning);
  ASSERT_TRUE(files_.Publish(studio_.Make(capture).file_path, capture.file_name));
  ASSERT_TRUE(files_.Open());
  ASSERT_TRUE(sweeper_->Recover());
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Files(), FilesOf(capture));
  EXPECT_EQ(ReadTextFile(folder_.File("captures/" + capture.file_name)), "take 2");
}

TEST_F(AfterACrash, WhatBroughtTheProgramDownThreeTimesIsGivenUp) {
  const Capture capture = In(Phase::kRunning);
  ASSERT_TRUE(sweeper_->Recover());
  Claim(capture.id);
  ASSERT_TRUE(sweeper_->Recover());
  Claim(capture.id);
  ASSERT_TRUE(sweeper_->Recover());
  EXPECT_EQ(Row(capture.id).phase, Phase::kFailed);
  EXPECT_EQ(Row(capture.id).error->code, Code::kInternal);
}

TEST_F(AfterACrash, AClipWithoutAPosterGetsIt) {
  const Capture clip = SubmitNew(100);
  studio_.on_poster = [](const auto&, const auto&) -> Status {
    return Fail(Code::kCancelled, "the program ends");
  };
  ASSERT_TRUE(WorkOnce());
  Sweep();
  EXPECT_FALSE(WorkOnce()) << "not again and again";
  studio_.on_poster = nullptr;
  ASSERT_TRUE(sweeper_->Recover());
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(studio_.renders(), 1) << "the clip itself is not made again";
  EXPECT_TRUE(Row(clip.id).has_thumbnail);
  EXPECT_EQ(Files(), FilesOf(clip));
}

TEST_F(AfterACrash, AFileThatResistsDoesNotKeepTheProgramFromStarting) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  ASSERT_TRUE(store_->MarkDeleting(capture.id));
  files_.removable = false;
  EXPECT_TRUE(sweeper_->Recover());
}

TEST_F(AfterACrash, ADatabaseThatFailsIsTold) {
  for (const char* query : {"capture_in_progress", "capture_due", "capture_without_poster"}) {
    database_->FailOn(query);
    EXPECT_FALSE(sweeper_->Recover()) << query;
  }
}

// --- A database that fails -------------------------------------------------------------------

struct DatabaseFailure {
  const char* query;
  UnreliableDatabase::Failure failure;
};

std::ostream& operator<<(std::ostream& out, const DatabaseFailure& f) {
  return out << f.query;
}

class WhileTheDatabaseFails : public House, public testing::WithParamInterface<DatabaseFailure> {
 protected:
  // The database is away for a while, and the sweeper does its rounds.
  Capture MadeInTheEnd(const Capture& capture) {
    database_->Recover();
    for (int round = 0; round < 4 && !IsOver(Row(capture.id).phase); ++round) {
      clock_.Advance(seconds(10));
      Sweep();
      WorkOnce();
    }
    return Row(capture.id);
  }
};

constexpr auto kBefore = UnreliableDatabase::Failure::kBefore;
constexpr auto kAfter = UnreliableDatabase::Failure::kAfter;

INSTANTIATE_TEST_SUITE_P(AtEveryPoint, WhileTheDatabaseFails,
                         testing::Values(DatabaseFailure{"capture_claim", kBefore},
                                         DatabaseFailure{"capture_claim", kAfter},
                                         DatabaseFailure{"capture_complete", kBefore},
                                         DatabaseFailure{"capture_complete", kAfter}),
                         [](const auto& tested) {
                           return std::string(tested.param.query) + (tested.param.failure == kBefore
                                                                         ? "_unheard"
                                                                         : "_done_but_not_told");
                         });

TEST_P(WhileTheDatabaseFails, ACaptureIsMadeInTheEndAndNoStrayFileStays) {
  const Capture capture = SubmitTap();
  database_->FailOn(GetParam().query, 1, 1, GetParam().failure);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(MadeInTheEnd(capture).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(capture));
}

TEST_P(WhileTheDatabaseFails, EvenIfItThenHearsNothingAtAll) {
  const Capture capture = SubmitTap();
  database_->FailOn(GetParam().query, 1, 1, GetParam().failure);
  for (const char* query : {"capture_retry_later", "capture_fail", "capture_hand_back"}) {
    database_->FailOn(query, 1, 1000);
  }
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(MadeInTheEnd(capture).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(capture));
}

TEST_P(WhileTheDatabaseFails, AFailureIsToldInTheEnd) {
  studio_.FailWith(Code::kMediaError);
  const Capture capture = SubmitTap();
  database_->FailOn("capture_fail");
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(MadeInTheEnd(capture).phase, Phase::kFailed);
  EXPECT_TRUE(Files().empty());
}

// --- The sweeper -----------------------------------------------------------------------------

class CaptureSweeper : public House {};

TEST_F(CaptureSweeper, LeavesNoFileOfACaptureThatCannotBeCommitted) {
  database_->FailOn("capture_complete", 1, 1000);
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  WorkOn(capture);
  EXPECT_EQ(WorkOn(capture).phase, Phase::kFailed);
  EXPECT_TRUE(Files().empty());
}

TEST_F(CaptureSweeper, LeavesAloneWhatIsBeingMade) {
  studio_.Play([this](const Capture& capture, const auto&, const auto&) -> Result<Rendered> {
    Sweep();
    EXPECT_EQ(Row(capture.id).phase, Phase::kRunning);
    EXPECT_FALSE(queue_.Take(coord::Accept::kAll, {}));
    return studio_.Make(capture);
  });
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
}

TEST_F(CaptureSweeper, LeavesAloneADeletedOneWhoseFilesAreBeingMade) {
  studio_.Play([this](const Capture& capture, const auto&, const auto&) -> Result<Rendered> {
    EXPECT_TRUE(service_->Delete(capture.id));
    Sweep();
    EXPECT_EQ(store_->Deleting(10)->size(), 1U);
    return studio_.Make(capture);
  });
  SubmitTap();
  ASSERT_TRUE(WorkOnce());
  Sweep();
  EXPECT_TRUE(store_->Deleting(10)->empty());
  EXPECT_TRUE(Files().empty());
}

TEST_F(CaptureSweeper, EnqueuesEachCaptureOnce) {
  SubmitTap();
  Sweep();
  Sweep();
  EXPECT_TRUE(queue_.Take(coord::Accept::kAll, {}));
  EXPECT_FALSE(queue_.Take(coord::Accept::kAll, {}));
}

TEST_F(CaptureSweeper, BringsAScreenshotBackHoweverManyClipsWait) {
  for (size_t i = 0; i < coord::kLaneJobsMax + 20; ++i) SubmitNew(static_cast<double>(i) * 12);
  const Capture screenshot = SubmitTap();
  queue_.Remove(screenshot.id);
  Sweep();
  const auto job = queue_.Take(coord::Accept::kScreenshotsOnly, {});
  ASSERT_TRUE(job);
  EXPECT_EQ(job->capture_id, screenshot.id);
}

TEST_F(CaptureSweeper, RemovesTheOthersWhenOneResists) {
  for (int i = 0; i < 3; ++i) {
    const Capture capture = SubmitNew(i * 20);
    ASSERT_TRUE(WorkOnce());
    ASSERT_TRUE(store_->MarkDeleting(capture.id));
  }
  database_->FailOn("capture_forget");
  EXPECT_FALSE(sweeper_->SweepOnce());
  EXPECT_EQ(store_->Deleting(10)->size(), 1U);
}

TEST_F(CaptureSweeper, MakesWhatIsThereOnceItRuns) {
  worker_->Start();
  const Capture capture = In(Phase::kQueued);
  sweeper_->Start();
  EXPECT_EQ(WaitFor(capture.id).Get()->phase, Phase::kComplete);
  sweeper_->Stop();
}

}  // namespace
}  // namespace matinee::capture
