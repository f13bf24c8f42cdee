// SPDX-License-Identifier: Apache-2.0
// Boost.JSON as part of this library: Debian's Boost headers, no further shared object.
#include <boost/json/src.hpp>
