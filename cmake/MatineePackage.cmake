# One package of pkg/ is one static library that sees only what it links.
#
#   matinee_package(media
#     SOURCES plex.cc jellyfin.cc
#     PUBLIC base              # packages whose headers our headers include
#     PRIVATE http             # packages that only our .cc files include
#     LIBRARIES PkgConfig::PUGIXML    # third party, always private
#     SEPARATE server.cc)      # sources that a unity build compiles apart: their headers define macros, or are heavy
#
# A header of package P is included as "P/name.h". Each package has its own include root that
# holds nothing but a link to itself, so that an include of a package that is not linked does not
# compile: the direction of dependencies is held by the compiler and not by review.

set(MATINEE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

function(matinee_compile_options target)
  target_compile_options(${target} PRIVATE ${MATINEE_WARNINGS})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 misreads the standard library when it optimises: std::optional's storage (GCC bug 80635)
    # and concatenated strings (GCC bug 105651).
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-restrict)
  else()
    # base/thread_annotations.h
    target_compile_options(${target} PRIVATE -Wthread-safety)
  endif()
  if(CMAKE_UNITY_BUILD)
    # __FILE__ is then an absolute path: without the map, ccache would share no object with the image's build.
    # GCC's warning takes a source that is included for a header; the dev preset has it.
    target_compile_options(${target} PRIVATE -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=
      $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    set_target_properties(${target} PROPERTIES
      UNITY_BUILD_CODE_BEFORE_INCLUDE "// NOLINTNEXTLINE(bugprone-suspicious-include)")
  endif()
  if(MATINEE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${MATINEE_SANITIZE} -fno-omit-frame-pointer
      -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${MATINEE_SANITIZE})
    if(MATINEE_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Boost.Asio has fences, which the sanitizer does not see; its mutexes order the same accesses.
      target_compile_options(${target} PRIVATE -Wno-tsan)
    endif()
  endif()
endfunction()

function(matinee_package name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE;LIBRARIES;SEPARATE" ${ARGN})
  set(target matinee_${name})
  add_library(${target} STATIC ${ARG_SOURCES} ${ARG_SEPARATE})
  set_source_files_properties(${ARG_SEPARATE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_library(matinee::${name} ALIAS ${target})
  set(include_root "${CMAKE_BINARY_DIR}/include/${name}")
  file(MAKE_DIRECTORY "${include_root}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${include_root}/${name}" SYMBOLIC)
  target_include_directories(${target} PUBLIC "${include_root}")
  list(TRANSFORM ARG_PUBLIC PREPEND matinee::)
  list(TRANSFORM ARG_PRIVATE PREPEND matinee::)
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} ${ARG_LIBRARIES})
  matinee_compile_options(${target})
endfunction()

# A test program of one package or several, not yet registered.
function(matinee_test_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LIBRARIES" ${ARGN})
  set(target test_${name})
  add_executable(${target} ${ARG_SOURCES})
  list(TRANSFORM ARG_LINK PREPEND matinee::)
  target_link_libraries(${target} PRIVATE ${ARG_LINK} ${ARG_LIBRARIES} GTest::gmock_main Threads::Threads)
  target_compile_definitions(${target} PRIVATE MATINEE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}")
  matinee_compile_options(${target})
  add_dependencies(unit_tests ${target})
endfunction()

# matinee_unit_test(media SOURCES plex_test.cc ... LINK media http): the tests of one package, one
# program `test_media`, registered test by test. They run once, and must not depend on real time.
function(matinee_unit_test name)
  matinee_test_program(${name} ${ARGN})
  if(MATINEE_TESTS_BY_PROGRAM)
    add_test(NAME ${name} COMMAND test_${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 900)
    return()
  endif()
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}. NO_PRETTY_VALUES DISCOVERY_TIMEOUT 300
    PROPERTIES TIMEOUT 300)
endfunction()

# matinee_timing_test(redis SOURCES ... LINK ... [SHARDS 4]): tests that depend on the machine, because
# they start real servers. They have the label `timing` and start through scripts/timing.sh. With
# SHARDS each ctest entry is one part of the program's tests, for servers that are slow to start.
function(matinee_timing_test name)
  cmake_parse_arguments(ARG "" "SHARDS" "" ${ARGN})
  matinee_test_program(${name} ${ARG_UNPARSED_ARGUMENTS})
  set(launcher ${CMAKE_SOURCE_DIR}/scripts/timing.sh)
  # They take longest, so they begin first. The limit is against hanging, and holds for all runs.
  set(properties LABELS timing TIMEOUT 900 COST 100)
  if(NOT ARG_SHARDS AND MATINEE_TESTS_BY_PROGRAM)
    set(ARG_SHARDS 4)
  endif()
  if(NOT ARG_SHARDS)
    set_target_properties(test_${name} PROPERTIES CROSSCOMPILING_EMULATOR ${launcher})
    gtest_discover_tests(test_${name} TEST_PREFIX ${name}. NO_PRETTY_VALUES DISCOVERY_TIMEOUT 300
      PROPERTIES ${properties})
    return()
  endif()
  foreach(shard RANGE 1 ${ARG_SHARDS})
    math(EXPR index "${shard} - 1")
    add_test(NAME ${name}.${shard}of${ARG_SHARDS}
      COMMAND ${launcher} env GTEST_TOTAL_SHARDS=${ARG_SHARDS} GTEST_SHARD_INDEX=${index}
        $<TARGET_FILE:test_${name}>)
    set_tests_properties(${name}.${shard}of${ARG_SHARDS} PROPERTIES ${properties})
  endforeach()
endfunction()
