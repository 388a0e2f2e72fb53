// Result<T>: a value or an Error. Functions that can fail return it; nothing of ours throws.
//
//   Result<Film> film = OpenFilm(path);
//   if (!film) return Fail(film.error());
//
// or, shorter, inside a function that itself returns a Result:
//
//   TRY_ASSIGN(Film film, OpenFilm(path));
//   TRY(film.Check());
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace matinee {

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

// Makes the failing Result out of an error: `return Fail(Code::kNotFound, "no such capture");`
inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
inline tl::unexpected<Error> Fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace matinee

#define MATINEE_CONCAT_INNER(a, b) a##b
#define MATINEE_CONCAT(a, b) MATINEE_CONCAT_INNER(a, b)

// Returns the error of `expression` to our caller, or goes on.
#define TRY(expression)                                      \
  do {                                                       \
    if (auto try_result = (expression); !try_result) {       \
      return ::matinee::Fail(std::move(try_result).error()); \
    }                                                        \
  } while (false)

// Declares `declaration` with the value of `expression`, or returns its error to our caller.
#define TRY_ASSIGN(declaration, expression) \
  TRY_ASSIGN_INNER(MATINEE_CONCAT(try_result_, __LINE__), declaration, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): names and declarations take none.
#define TRY_ASSIGN_INNER(result, declaration, expression)         \
  auto result = (expression);                                     \
  if (!result) return ::matinee::Fail(std::move(result).error()); \
  declaration = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)
