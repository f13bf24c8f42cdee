// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/e_model.h"

#include <algorithm>
#include <cmath>

namespace gsp::rt {

namespace {

// Defaults of G.107, table 2; the names are those of the recommendation.
constexpr double kSlr = 8, kRlr = 2, kStmr = 15, kDs = 3, kDr = 3, kTelr = 65, kWepl = 110, kQdu = 1, kPs = 35,
                 kPr = 35, kNc = -70, kNfor = -64, kOlr = kSlr + kRlr;

double power_sum(double a, double b, double c, double d) {
    double sum = 0;
    for (const double level : {a, b, c, d}) sum += std::pow(10, level / 10);
    return 10 * std::log10(sum);
}

// All noise, as seen at the 0 dBr point (7-3 to 7-7).
double noise() {
    const double send = kPs - kSlr - kDs - 100 + 0.004 * std::pow(kPs - kOlr - kDs - 14, 2);
    const double lstr = kStmr + kDr, effective = kPr + 10 * std::log10(1 + std::pow(10, (10 - lstr) / 10));
    const double receive = kRlr - 121 + effective + 0.008 * std::pow(effective - 35, 2);
    return power_sum(kNc, send, receive, kNfor + kRlr);
}

// What comes at the same time as the voice (7-8 to 7-17): too loud, side tone, quantizing.
double simultaneous(double ro, double no, double t_ms) {
    const double xolr = kOlr + 0.2 * (64 + no - kRlr);
    const double loudness = 20 * (std::pow(1 + std::pow(xolr / 8, 8), 1.0 / 8) - xolr / 8);
    const double stmro = -10 * std::log10(std::pow(10, -kStmr / 10) + std::exp(-t_ms / 4) * std::pow(10, -kTelr / 10));
    const double side_tone = 12 * std::pow(1 + std::pow((stmro - 13) / 6, 8), 1.0 / 8) -
                             28 * std::pow(1 + std::pow((stmro + 1) / 19.4, 35), 1.0 / 35) -
                             13 * std::pow(1 + std::pow((stmro - 3) / 33, 13), 1.0 / 13) + 29;
    const double q = 37 - 15 * std::log10(kQdu), g = 1.07 + 0.258 * q + 0.0602 * q * q;
    const double y = (ro - 100) / 15 + 46 / 8.4 - g / 9, z = 46.0 / 30 - g / 40;
    return loudness + side_tone + 15 * std::log10(1 + std::pow(10, y) + std::pow(10, z));
}

// Echoes, and delay by itself (7-18 to 7-28); absolute delay, mean one-way delay of the echo path are the same here.
double delayed(double ro, double no, double t_ms) {
    double talker = 0;
    if (t_ms >= 1) {
        const double terv =
            kTelr - 40 * std::log10((1 + t_ms / 10) / (1 + t_ms / 150)) + 6 * std::exp(-0.3 * t_ms * t_ms);
        const double roe = -1.5 * (no - kRlr), re = 80 + 2.5 * (terv - 14);
        talker = ((roe - re) / 2 + std::sqrt(std::pow(roe - re, 2) / 4 + 100) - 1) * (1 - std::exp(-t_ms));
    }
    const double rle = 10.5 * (kWepl + 7) * std::pow(2 * t_ms + 1, -0.25);
    const double listener = (ro - rle) / 2 + std::sqrt(std::pow(ro - rle, 2) / 4 + 169);
    double absolute = 0;
    if (t_ms > 100) {
        const double x = std::log2(t_ms / 100);
        absolute = 25 * (std::pow(1 + std::pow(x, 6), 1.0 / 6) - 3 * std::pow(1 + std::pow(x / 3, 6), 1.0 / 6) + 2);
    }
    return talker + listener + absolute;
}

}  // namespace

double rating(const Impairments& i) {
    const double no = noise(), ro = 15 - 1.5 * (kSlr + no);
    const double equipment =
        i.loss_percent > 0 ? i.codec + (95 - i.codec) * i.loss_percent / (i.loss_percent + i.robustness) : i.codec;
    return ro - simultaneous(ro, no, i.one_way_ms) - delayed(ro, no, i.one_way_ms) - equipment;
}

double mos_of_rating(double r) {
    if (r <= 0) return 1;
    if (r >= 100) return 4.5;
    return std::max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

}  // namespace gsp::rt
