#include "coord/job_queue.h"

#include <algorithm>
#include <string_view>

#include "base/strings.h"

namespace matinee::coord {
namespace {

constexpr size_t kKindBytesMax = 32;
// Ids are UUIDs.
constexpr size_t kSubjectBytesMax = 128;
constexpr size_t kKeyBytesMax = 256;
// W3C Trace Context has 55 characters; what a later version may add fits.
constexpr size_t kTraceparentBytesMax = 256;

bool IsPrintable(std::string_view text, size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max && EscapeUnprintable(text) == text;
}

bool IsKind(std::string_view kind) {
  return !kind.empty() && kind.size() <= kKindBytesMax &&
         std::all_of(kind.begin(), kind.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool IsTraceparent(std::string_view text) {
  return text.size() <= kTraceparentBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::string KeyOf(const Job& job) {
  return job.key.empty() ? job.kind + ":" + job.subject : job.key;
}

Status CheckJob(const Job& job) {
  if (!IsKind(job.kind)) return Fail(Code::kInvalidArgument, "the job has no valid kind");
  if (!IsPrintable(job.subject, kSubjectBytesMax)) {
    return Fail(Code::kInvalidArgument, "the job has no valid subject");
  }
  if (!job.key.empty() && !IsPrintable(job.key, kKeyBytesMax)) {
    return Fail(Code::kInvalidArgument, "the job has no valid key");
  }
  if (!IsTraceparent(job.traceparent)) {
    return Fail(Code::kInvalidArgument, "the job has no valid traceparent");
  }
  return {};
}

}  // namespace matinee::coord
