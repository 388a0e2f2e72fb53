// Result<T> is a value or an Error. Functions that can fail return it; Matinee does not throw.
//
//   Result<Media> media = OpenMedia(path);
//   if (!media) return Fail(media.error());
//
// or, shorter, inside a function that itself returns a Result:
//
//   TRY_ASSIGN(Media media, OpenMedia(path));
//   TRY(media.Check());
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace matinee {

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

// Returns a failed Result with this error: `return Fail(Code::kNotFound, "no such capture");`
inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
inline tl::unexpected<Error> Fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace matinee

#define MATINEE_CONCAT_INNER(a, b) a##b
#define MATINEE_CONCAT(a, b) MATINEE_CONCAT_INNER(a, b)

// Returns the error of `expression` from the function, or continues.
#define TRY(expression)                                      \
  do {                                                       \
    if (auto try_result = (expression); !try_result) {       \
      return ::matinee::Fail(std::move(try_result).error()); \
    }                                                        \
  } while (false)

// Declares `declaration` with the value of `expression`, or returns its error from
// the function.
#define TRY_ASSIGN(declaration, expression) \
  TRY_ASSIGN_INNER(MATINEE_CONCAT(try_result_, __LINE__), declaration, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): names and declarations take none.
#define TRY_ASSIGN_INNER(result, declaration, expression)         \
  auto result = (expression);                                     \
  if (!result) return ::matinee::Fail(std::move(result).error()); \
  declaration = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)
