// SPDX-License-Identifier: Apache-2.0
// The E-model (ITU-T G.107): how good a call sounds, from what the network did to it. All parameters that are not given
// have their default values of that recommendation. Pure functions.
#pragma once

namespace gsp::rt {

struct Impairments {
    double one_way_ms = 0;     // delay from mouth to ear
    double loss_percent = 0;   // of packets, by chance: bursts count as losses of the same number
    double codec = 0;          // G.113: Ie
    double robustness = 25.1;  // … Bpl
};
double rating(const Impairments&);  // R
double mos_of_rating(double r);     // annex B: 1 to 4.5

}  // namespace gsp::rt
