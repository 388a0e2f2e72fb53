// Watches whether the media folders of the settings are mounted; see media/media_roots.h.
//
// Thread safety: as Component says.
#pragma once

#include "base/clock.h"
#include "media/media_roots.h"
#include "runtime/component.h"
#include "runtime/context.h"

namespace matinee {

// The first of its role's components, so that it is the last one to stop: a check on a NAS that
// hangs delays nothing else.
class MediaRootsComponent final : public Component {
 public:
  explicit MediaRootsComponent(Context& context);

  void Begin() override { roots_.Start(); }
  void Stop() override { roots_.Stop(); }

 private:
  const SystemClock clock_;
  media::MediaRoots roots_;
};

}  // namespace matinee
