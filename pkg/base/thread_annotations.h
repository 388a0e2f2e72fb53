// Clang's thread safety annotations; nothing for other compilers.
//
//   clang++ -Wthread-safety ...
//
// The names are Clang's: https://clang.llvm.org/docs/ThreadSafetyAnalysis.html#mutex-h
#pragma once

#if defined(__clang__)
#define MATINEE_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define MATINEE_THREAD_ATTRIBUTE(x)
#endif

#define CAPABILITY(name) MATINEE_THREAD_ATTRIBUTE(capability(name))
#define SCOPED_CAPABILITY MATINEE_THREAD_ATTRIBUTE(scoped_lockable)

// Of a member: it is read and written only with the mutex held. PT: what the pointer points to.
#define GUARDED_BY(mutex) MATINEE_THREAD_ATTRIBUTE(guarded_by(mutex))
#define PT_GUARDED_BY(mutex) MATINEE_THREAD_ATTRIBUTE(pt_guarded_by(mutex))

// Of a function: the caller holds the mutex; does not hold it; acquires it; releases it.
#define REQUIRES(...) MATINEE_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) MATINEE_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) MATINEE_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) MATINEE_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS MATINEE_THREAD_ATTRIBUTE(no_thread_safety_analysis)
