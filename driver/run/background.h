// SPDX-License-Identifier: Apache-2.0
// -bg: the run goes on in a child process.
#pragma once

namespace gsp::driver {

enum class Side { Parent, Child, Failed };

// Forks; the caller must have one thread only. The child has a session of its own and /dev/null as its standard
// streams, the parent has told its process id.
Side go_to_background();

}  // namespace gsp::driver
