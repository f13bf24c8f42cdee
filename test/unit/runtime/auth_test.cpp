// SPDX-License-Identifier: Apache-2.0
// Digest authentication. Expected responses are those of the RFCs, or were computed with Python's hashlib, hmac and
// cryptography where a comment says so.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/auth/digest.h"
#include "runtime/auth/milenage.h"

extern "C" int auth_fuzz_one_input(const uint8_t* data, size_t size);

namespace gsp::rt::auth {
namespace {

// --- Parameters

std::vector<DigestParams> digests_of(std::string_view text) {
    std::vector<DigestParams> all;
    for (DigestParams params; next_digest(text, params);) all.push_back(params);
    return all;
}

TEST(DigestParams, AllOfThem) {
    auto all = digests_of(
        "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:a;b=c,d\", response=\"0f\", algorithm=MD5, "
        "cnonce=\"c\", opaque=\"o\", qop=auth, nc=00000001, stale=true, domain=\"x\"");
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].username, "u");
    EXPECT_EQ(all[0].realm, "r");
    EXPECT_EQ(all[0].nonce, "n");
    EXPECT_EQ(all[0].uri, "sip:a;b=c,d");
    EXPECT_EQ(all[0].response, "0f");
    EXPECT_EQ(all[0].algorithm, "MD5");
    EXPECT_EQ(all[0].cnonce, "c");
    EXPECT_EQ(all[0].opaque, "o");
    EXPECT_EQ(all[0].qop, "auth");
    EXPECT_EQ(all[0].nc, "00000001");
}

struct OneDigest {
    const char *text, *realm, *nonce;
};
class Lenient : public testing::TestWithParam<OneDigest> {};

TEST_P(Lenient, RealmAndNonce) {
    auto all = digests_of(GetParam().text);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].realm, GetParam().realm);
    EXPECT_EQ(all[0].nonce, GetParam().nonce);
}

INSTANTIATE_TEST_SUITE_P(
    DigestParams, Lenient,
    testing::Values(OneDigest{"Digest realm=\"a b\",nonce=\"n\"", "a b", "n"},
                    OneDigest{"  dIGEST\t REALM = \"r\" ,\r\n  NonCE\t=\t\"n\"  ", "r", "n"},
                    OneDigest{"Digest realm=r, nonce=YWJj==", "r", "YWJj=="},
                    OneDigest{"Digest realm=\"r\" nonce=\"n\"", "r", "n"},
                    OneDigest{"Digest,,realm=\"r\",,,nonce=\"n\",", "r", "n"},
                    OneDigest{R"(Digest realm="a\"b\\",nonce="n")", R"(a\"b\\)", "n"},
                    OneDigest{R"(Digest realm="a, nonce=\"x\"",nonce="n")", R"(a, nonce=\"x\")", "n"},
                    OneDigest{"Digest realm=\"r\", realm=\"s\", nonce=\"n\", nonce=\"m\"", "r", "n"},
                    OneDigest{"Digest realm=\"\", nonce=\"n\"", "", "n"},
                    OneDigest{"Digest xrealm=\"x\", realmx=\"x\", cnonce=\"c\", realm=\"r\", nonce=\"n\"", "r", "n"},
                    OneDigest{"Digest realm=\"r\", nonce=\"never closed", "r", "never closed"},
                    OneDigest{"Digest nonce=\"n\", realm=\"ends in a backslash\\", "ends in a backslash", "n"},
                    OneDigest{"Digest nonce=\"n\", realm=", "", "n"},
                    OneDigest{"Digest nonce=n\"junk\" realm=r", "r", "n"},
                    OneDigest{"Digest realm=one two, nonce=n", "one", "n"},
                    OneDigest{"Digest realm=one two three, nonce=n", "one", "n"},
                    OneDigest{"Digest stale, realm=r, = , nonce=n", "r", "n"},
                    OneDigest{"Basic realm=\"x\", Digest realm=\"r\", nonce=\"n\"", "r", "n"},
                    OneDigest{"Negotiate, Digest realm=\"r\", nonce=\"n\"", "r", "n"},
                    OneDigest{"NTLM TlRMTVNTUAAB==, Digest realm=\"r\", nonce=\"n\"", "r", "n"},
                    OneDigest{"Digest realm=\"r\", nonce=\"n\", Basic realm=\"x\", nonce=\"y\"", "r", "n"},
                    OneDigest{"Digest realm=\"r\", nonce=\"n\", Bearer error=\"x\"", "r", "n"}));

TEST(DigestParams, MissingIsNotEmpty) {
    DigestParams params = digests_of("Digest realm=\"\", opaque=").at(0);
    EXPECT_NE(params.realm.data(), nullptr);
    EXPECT_NE(params.opaque.data(), nullptr);
    EXPECT_EQ(params.nonce.data(), nullptr);
}

TEST(DigestParams, SeveralInOneValue) {
    auto all = digests_of(
        "Digest realm=\"a, Digest realm=b\", nonce=\"1\", Basic realm=\"x\", nonce=\"y\", DIGEST nonce=2, realm=c, "
        "Digest");
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].realm, "a, Digest realm=b");
    EXPECT_EQ(all[0].nonce, "1");
    EXPECT_EQ(all[1].realm, "c");
    EXPECT_EQ(all[1].nonce, "2");
    EXPECT_EQ(all[2].realm.data(), nullptr);
}

TEST(DigestParams, None) {
    for (std::string_view text : {"", " ", ",", "\"", "=", "\\", "realm=\"x\"", "Basic abc", "Digestive realm=x",
                                  "Basic realm=\"Digest \"", "Basic Digest=x"})
        EXPECT_TRUE(digests_of(text).empty()) << text;
}

// --- Choice

struct Chosen {
    std::vector<const char*> values;  // header lines
    bool has_aka_key;
    const char* nonce;  // of the chosen one; "" if none is
    Status status = Status::Ok;
};
class Choice : public testing::TestWithParam<Chosen> {};

TEST_P(Choice, Consider) {
    Challenge best;
    for (std::string_view value : GetParam().values) consider(value, GetParam().has_aka_key, best);
    EXPECT_EQ(best.status, GetParam().status);
    EXPECT_EQ(best.params.nonce, GetParam().nonce);
    EXPECT_EQ(best.algorithm != nullptr, best.status == Status::Ok);
}

constexpr char kMd5[] = "Digest realm=\"r\", nonce=\"md5\", algorithm=MD5";
constexpr char kNoAlgorithm[] = "Digest realm=\"r\", nonce=\"none\"";
constexpr char kSha256[] = "Digest realm=\"r\", nonce=\"sha256\", algorithm=sha-256";
constexpr char kSha512[] = "Digest realm=\"r\", nonce=\"sha512\", algorithm=\"SHA-512-256\"";
constexpr char kAka[] = "Digest realm=\"r\", nonce=\"aka\", algorithm=AKAv1-MD5";
constexpr char kUnsupported[] = "Digest realm=\"r\", nonce=\"x\", algorithm=SHA3-512";
constexpr char kPrefixOnly[] = "Digest realm=\"r\", nonce=\"x\", algorithm=MD5-sessions";
constexpr char kNoRealm[] = "Digest nonce=\"x\"";
constexpr char kNoNonce[] = "Digest realm=\"r\", algorithm=SHA-256";

INSTANTIATE_TEST_SUITE_P(
    Digest, Choice,
    testing::Values(Chosen{{kMd5}, false, "md5"}, Chosen{{kNoAlgorithm, kMd5}, false, "none"},
                    Chosen{{kMd5, kNoAlgorithm}, false, "md5"}, Chosen{{kMd5, kSha256}, false, "sha256"},
                    Chosen{{kSha256, kSha512, kMd5}, false, "sha256"}, Chosen{{kSha512, kSha256}, false, "sha512"},
                    Chosen{{kUnsupported, kMd5}, false, "md5"}, Chosen{{kPrefixOnly, kMd5}, false, "md5"},
                    Chosen{{kNoNonce, kMd5}, false, "md5"}, Chosen{{kNoRealm, kSha256}, false, "sha256"},
                    Chosen{{kAka, kMd5}, false, "md5"}, Chosen{{kAka}, false, "aka"},
                    Chosen{{kSha256, kAka}, true, "aka"}, Chosen{{kMd5, kSha256}, true, "sha256"},
                    Chosen{{"Basic realm=\"r\"", "", kMd5}, false, "md5"}, Chosen{{}, false, "", Status::NoDigest},
                    Chosen{{"Basic realm=x"}, false, "", Status::NoDigest},
                    Chosen{{kUnsupported}, false, "", Status::UnsupportedAlgorithm},
                    Chosen{{kPrefixOnly}, false, "", Status::UnsupportedAlgorithm},
                    Chosen{{kNoRealm}, false, "", Status::Incomplete},
                    Chosen{{kNoNonce}, false, "", Status::Incomplete}));

TEST(Choice, InOneValue) {
    std::string value = std::string(kMd5) + ", " + kUnsupported + ", " + kSha512;
    Challenge best;
    consider(value, false, best);
    EXPECT_EQ(best.params.nonce, "sha512");
}

TEST(Algorithms, Names) {
    EXPECT_EQ(find_algorithm("")->name, "MD5");
    EXPECT_EQ(find_algorithm("md5-SESS")->name, "MD5-sess");
    for (const Algorithm& algorithm : kAlgorithms) EXPECT_EQ(find_algorithm(algorithm.name), &algorithm);
    for (std::string_view name : {"MD", "MD55", "MD5 ", "SHA", "AKAv1", "AKAv1-MD5-sess", "AKAv3-MD5"})
        EXPECT_EQ(find_algorithm(name), nullptr) << name;
}

// --- Answers

struct Answer {
    std::string text;
    Status status;
};

Answer answer(std::string_view value, const Request& request, size_t room = 1000, bool has_aka_key = false) {
    Challenge challenge;
    consider(value, has_aka_key, challenge);
    std::string buffer(room, '#');
    Status status = Status::NoDigest;
    char* end = authorization(challenge, request, buffer.data(), buffer.data() + room, status);
    EXPECT_EQ(end != nullptr, status == Status::Ok);
    if (end) buffer.resize(static_cast<size_t>(end - buffer.data()));
    return {end ? buffer : std::string(), status};
}

std::string response_of(std::string_view authorization) {
    DigestParams params;
    next_digest(authorization, params);
    return std::string(params.response);
}

Request mufasa(std::string_view password, std::string_view cnonce) {
    return {.method = "GET",
            .uri = "/dir/index.html",
            .body = {},
            .username = "Mufasa",
            .password = password,
            .cnonce = cnonce};
}

TEST(Answer, Rfc2617Example) {
    Answer a = answer(
        "Digest realm=\"testrealm@host.com\", qop=\"auth\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
        "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
        mufasa("Circle Of Life", "0a4f113b"));
    EXPECT_EQ(a.text,
              "Digest username=\"Mufasa\",realm=\"testrealm@host.com\",cnonce=\"0a4f113b\",nc=00000001,qop=auth,"
              "uri=\"/dir/index.html\",nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\","
              "response=\"6629fae49393a05397450978507c4ef1\",algorithm=MD5,"
              "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
}

constexpr char k7616Challenge[] =
    "Digest realm=\"http-auth@example.org\", qop=\"auth\", algorithm=%, "
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

std::string with(std::string text, std::string_view replacement) {
    return text.replace(text.find('%'), 1, replacement);
}

// 3.9.1 offers both; the stronger is taken, whatever the order.
TEST(Answer, Rfc7616Examples) {
    Request request = mufasa("Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
    std::string md5 = with(k7616Challenge, "MD5"), sha256 = with(k7616Challenge, "SHA-256");
    EXPECT_EQ(response_of(answer(md5, request).text), "8ca523f5e9506fed4657c9700eebdbec");
    for (const std::string& both : {md5 + ", " + sha256, sha256 + ", " + md5})
        EXPECT_EQ(response_of(answer(both, request).text),
                  "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

constexpr char kJason[] = "J\xc3\xa4s\xc3\xb8n Doe", kJasonPassword[] = "Secret, or not?";
constexpr char k512Parameters[] =
    "realm=\"api@example.org\", nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", qop=auth, "
    "algorithm=SHA-512-256, opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\"";
constexpr char k512Cnonce[] = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
// The RFC prints the values of a truncated SHA-512 (erratum 4897); this is SHA-512/256, from Python's hashlib.
constexpr char k512Response[] = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";

TEST(Answer, Rfc7616Sha512Example) {
    Request request{.method = "GET",
                    .uri = "/doe.json",
                    .body = {},
                    .username = kJason,
                    .password = kJasonPassword,
                    .cnonce = k512Cnonce};
    EXPECT_EQ(response_of(answer(std::string("Digest charset=UTF-8, userhash=true, ") + k512Parameters, request).text),
              k512Response);
}

// A hashed user name (RFC 7616 3.4.4) does not disturb the check.
TEST(Verify, Rfc7616UserhashExample) {
    std::string credentials =
        std::string(
            "Digest username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\", "
            "userhash=true, uri=\"/doe.json\", nc=00000001, cnonce=\"") +
        k512Cnonce + "\", response=\"" + k512Response + "\", " + k512Parameters;
    EXPECT_EQ(verify(credentials, {"GET", "", "", kJason, kJasonPassword}), Status::Ok);
    EXPECT_EQ(verify(credentials, {"GET", "", "", "Jason Doe", kJasonPassword}), Status::WrongResponse);
}

struct Computed {
    const char *algorithm, *plain, *auth, *auth_int;
};
class EveryAlgorithm : public testing::TestWithParam<Computed> {};

const Request kAlice{.method = "INVITE",
                     .uri = "sip:127.0.0.1:5060",
                     .body = "v=0\r\n",
                     .username = "alice",
                     .password = "secret",
                     .cnonce = "c0ffee",
                     .nonce_count = 10};

TEST_P(EveryAlgorithm, AnswersAndVerifies) {
    const Computed& c = GetParam();
    std::string challenge = std::string("Digest realm=\"example.com\", nonce=\"n0nce\", algorithm=") + c.algorithm;
    struct Offer {
        const char *qop, *sent, *response;
    };
    for (Offer offer :
         {Offer{"", "", c.plain}, Offer{", qop=\"\"", "", c.plain}, Offer{", qop=\"new\"", "", c.plain},
          Offer{", qop=\"auth\"", "auth", c.auth}, Offer{", qop=AUTH", "auth", c.auth},
          Offer{", qop=\"auth-int\"", "auth-int", c.auth_int}, Offer{", qop=\"auth,auth-int\"", "auth-int", c.auth_int},
          Offer{", qop=\"new, auth-INT ,\tauth\"", "auth-int", c.auth_int}}) {
        SCOPED_TRACE(offer.qop);
        std::string sent = *offer.sent ? std::string(",cnonce=\"c0ffee\",nc=0000000a,qop=") + offer.sent : "";
        if (sent.empty() && find_algorithm(c.algorithm)->session) sent = ",cnonce=\"c0ffee\"";
        Answer a = answer(challenge + offer.qop, kAlice);
        EXPECT_EQ(a.text, "Digest username=\"alice\",realm=\"example.com\"" + sent +
                              ",uri=\"sip:127.0.0.1:5060\",nonce=\"n0nce\",response=\"" + offer.response +
                              "\",algorithm=" + c.algorithm);

        Request expected{"INVITE", "", "v=0\r\n", "alice", "secret"};
        EXPECT_EQ(verify(a.text, expected), Status::Ok);
        Request wrong = expected;
        wrong.password = "Secret";
        EXPECT_EQ(verify(a.text, wrong), Status::WrongResponse);
        wrong = expected;
        wrong.username = "bob";
        EXPECT_EQ(verify(a.text, wrong), Status::WrongResponse);
        wrong = expected;
        wrong.method = "REGISTER";
        EXPECT_EQ(verify(a.text, wrong), Status::WrongResponse);
        wrong = expected;
        wrong.uri = "sip:other";
        EXPECT_EQ(verify(a.text, wrong), Status::WrongResponse);
        wrong = expected;
        wrong.uri = "sip:127.0.0.1:5060";
        EXPECT_EQ(verify(a.text, wrong), Status::Ok);
        wrong = expected;
        wrong.body = "v=1\r\n";
        EXPECT_EQ(verify(a.text, wrong), offer.response == c.auth_int ? Status::WrongResponse : Status::Ok);
    }
}

// Python: hashlib.new("md5" | "sha256" | "sha512_256"), formulas of RFC 7616 3.4.1 to 3.4.3.
INSTANTIATE_TEST_SUITE_P(
    Digest, EveryAlgorithm,
    testing::Values(Computed{"MD5", "8bff1baf5ae57c766b002a86a0264fc5", "9855a3c14f16a4fd225e66c9e71a1c10",
                             "ae682eec2a54021631bac91c896989a3"},
                    Computed{"MD5-sess", "1ede244dee40042b91ca2973ea08df8d", "4c139457e559319429419cbd9c702fb3",
                             "120cf7d9fa18228daf6198f20f126f68"},
                    Computed{"SHA-256", "228b729c167ad83431e211d80d93797840242a41e6dd0bbc102c4dd04058b19d",
                             "46897d07eb8c686c63109829544c69664c3c83b36d5134d11a7b24c38a110b79",
                             "5e7224c6103457c75cedf27101fb2bc6f48eabd2cea82fb2b23ab991e69e34a0"},
                    Computed{"SHA-256-sess", "17d23c05cbd1bc939bbb0e784fd2d9a12c318326ed4921cb70c0ea250656c8ad",
                             "699ba34138c172ae0a353a6f9db0bb39906e14975874050bacc558fbdf34996c",
                             "79a5210cfc9e92425448b0a19c9e37ffb453d7b1ccc36d06762b73b46c45a3ae"},
                    Computed{"SHA-512-256", "1a7c343a7a339232121116224f0c7a162a31e316efacc18a144c5f51111efd3f",
                             "d3dd44350130fc4fffbe3ff4535d495499286a97ee72d0a5d9862f94b2983a10",
                             "30d3ca511bf85aaca932e0b88fc50462336de25e7710f682a36e66f3ebfedfc9"},
                    Computed{"sha-512-256-SESS", "0ad8a3d243808ebfdcd75862bdc58e70c94042b05410f0386313031fff99ddbb",
                             "35811f2866649136fb522a38177d0935727df3e55476e99c7e66b9aacad38067",
                             "eb388a6fa4072e0e57a87256dfdd991b11b8a8aa4034e01da6148f884adda21d"}));

// Across the block sizes of the hashes: 64 and 128 bytes.
TEST(Hash, AllLengths) {
    std::string text(300, 'x');
    for (Hash h : {Hash::Md5, Hash::Sha256, Hash::Sha512_256}) {
        for (size_t cut = 0; cut <= text.size(); ++cut) {
            std::string_view whole = text;
            EXPECT_EQ(hash(h, {whole.substr(0, cut), whole.substr(cut)}).view(), hash(h, {whole}).view());
        }
    }
    EXPECT_EQ(std::string_view(hash_joined(Hash::Sha512_256, {"abc"})),  // FIPS 180-4
              "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
}

TEST(Answer, KeepsWhatTheChallengeSays) {
    Answer a = answer(R"(Digest realm="a \"quoted\" one", nonce=n=, algorithm="mD5", opaque="")", kAlice);
    EXPECT_NE(a.text.find(R"(,realm="a \"quoted\" one",)"), std::string::npos);
    EXPECT_NE(a.text.find(R"(,nonce="n=",)"), std::string::npos);
    EXPECT_TRUE(a.text.ends_with(",algorithm=mD5")) << a.text;
    EXPECT_EQ(verify(a.text, {"INVITE", "", "", "alice", "secret"}), Status::Ok);
}

TEST(Answer, ExactRoom) {
    std::string challenge = std::string(kMd5) + ", qop=auth, opaque=o";
    std::string whole = answer(challenge, kAlice).text;
    for (size_t room = 0; room < whole.size(); ++room)
        EXPECT_EQ(answer(challenge, kAlice, room).status, Status::TooLong) << room;
    EXPECT_EQ(answer(challenge, kAlice, whole.size()).text, whole);
}

TEST(Answer, NoChallenge) {
    EXPECT_EQ(answer("", kAlice).status, Status::NoDigest);
    EXPECT_EQ(answer(kUnsupported, kAlice).status, Status::UnsupportedAlgorithm);
    EXPECT_EQ(answer(kNoNonce, kAlice).status, Status::Incomplete);
}

TEST(Answer, Cnonce) {
    auto text = cnonce_text(0x0123456789abcdef);
    EXPECT_EQ(std::string_view(text.data(), text.size()), "0123456789abcdef");
}

// --- Checks

struct Rejected {
    const char* credentials;
    Status status;
};
class BadCredentials : public testing::TestWithParam<Rejected> {};

TEST_P(BadCredentials, Verify) {
    EXPECT_EQ(verify(GetParam().credentials, {"INVITE", "", "", "alice", "secret"}), GetParam().status);
}

// The right response is 8bff1baf5ae57c766b002a86a0264fc5 without qop.
#define CREDENTIALS "Digest realm=\"example.com\", nonce=\"n0nce\", uri=\"sip:127.0.0.1:5060\""
#define RESPONSE ", response=\"8bff1baf5ae57c766b002a86a0264fc5\""
INSTANTIATE_TEST_SUITE_P(
    Digest, BadCredentials,
    testing::Values(Rejected{CREDENTIALS RESPONSE, Status::Ok}, Rejected{"", Status::NoDigest},
                    Rejected{"Basic YTpi", Status::NoDigest}, Rejected{"Digest", Status::Incomplete},
                    Rejected{CREDENTIALS, Status::WrongResponse},
                    Rejected{CREDENTIALS ", response=\"\"", Status::WrongResponse},
                    Rejected{CREDENTIALS ", response=\"8bff1baf5ae57c766b002a86a0264fc\"", Status::WrongResponse},
                    Rejected{CREDENTIALS ", response=\"8bff1baf5ae57c766b002a86a0264fc55\"", Status::WrongResponse},
                    Rejected{CREDENTIALS ", response=\"8BFF1BAF5AE57C766B002A86A0264FC5\"", Status::WrongResponse},
                    Rejected{CREDENTIALS ", response=\"8bff1baf5ae57c766b002a86a0264fc4\"", Status::WrongResponse},
                    Rejected{CREDENTIALS RESPONSE ", algorithm=MD5-sess", Status::WrongResponse},
                    Rejected{CREDENTIALS RESPONSE ", algorithm=SHA-256", Status::WrongResponse},
                    Rejected{CREDENTIALS RESPONSE ", qop=auth", Status::WrongResponse},
                    Rejected{CREDENTIALS RESPONSE ", qop=auth-conf", Status::UnsupportedQop},
                    Rejected{CREDENTIALS RESPONSE ", algorithm=MD6", Status::UnsupportedAlgorithm},
                    Rejected{CREDENTIALS RESPONSE ", algorithm=AKAv1-MD5", Status::UnsupportedAlgorithm},
                    Rejected{"Digest realm=\"example.com\"" RESPONSE, Status::Incomplete},
                    Rejected{"Digest nonce=\"n0nce\"" RESPONSE, Status::Incomplete},
                    // only the first credentials count
                    Rejected{"Digest realm=\"x\", nonce=\"y\", " CREDENTIALS RESPONSE, Status::WrongResponse},
                    Rejected{"Basic YTpi, " CREDENTIALS RESPONSE, Status::Ok}));

TEST(Verify, AnswersTheChallenge) {
    auto one = [](std::string_view text) { return digests_of(text).at(0); };
    DigestParams credentials = one(answer(kMd5, kAlice).text);
    EXPECT_TRUE(answers(credentials, one(kMd5)));
    EXPECT_FALSE(answers(credentials, one("Digest realm=\"r\", nonce=\"md6\"")));
    EXPECT_FALSE(answers(credentials, one("Digest realm=\"s\", nonce=\"md5\"")));
}

TEST(Status, Texts) {
    EXPECT_EQ(text_of(Status::Ok), "ok");
    EXPECT_EQ(text_of(Status::TooLong), "the header does not fit the message");
}

// --- AKA

template <class Bytes>
Bytes bytes_of(std::string_view hex) {
    Bytes bytes{};
    EXPECT_EQ(hex.size(), 2 * bytes.size());
    for (size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<uint8_t>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
    return bytes;
}

template <class Bytes>
std::string hex_of(const Bytes& bytes) {
    std::string text;
    for (uint8_t byte : bytes) {
        text += kHexDigits[byte >> 4];
        text += kHexDigits[byte & 15];
    }
    return text;
}

std::string raw(std::string_view hex) {
    std::string text;
    for (size_t i = 0; i < hex.size(); i += 2)
        text += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return text;
}

struct MilenageSet {
    const char *k, *rand, *sqn, *amf, *op, *opc, *f1, *f1_star, *f2, *f5, *f3, *f4, *f5_star;
};
class MilenageSets : public testing::TestWithParam<MilenageSet> {};

TEST_P(MilenageSets, AllFunctions) {
    const MilenageSet& set = GetParam();
    Milenage milenage(bytes_of<Block>(set.k), bytes_of<Block>(set.op), bytes_of<Block>(set.rand));
    EXPECT_EQ(hex_of(milenage.opc()), set.opc);
    Milenage::Macs macs = milenage.macs(bytes_of<Milenage::Sqn>(set.sqn), bytes_of<Milenage::Amf>(set.amf));
    EXPECT_EQ(hex_of(macs.f1), set.f1);
    EXPECT_EQ(hex_of(macs.f1_star), set.f1_star);
    Milenage::Keys keys = milenage.keys();
    EXPECT_EQ(hex_of(keys.res), set.f2);
    EXPECT_EQ(hex_of(keys.ak), set.f5);
    EXPECT_EQ(hex_of(keys.ck), set.f3);
    EXPECT_EQ(hex_of(keys.ik), set.f4);
    EXPECT_EQ(hex_of(milenage.f5_star()), set.f5_star);
}

// Test sets 1 to 6 of 3GPP TS 35.208 (and 35.207).
INSTANTIATE_TEST_SUITE_P(
    Ts35208, MilenageSets,
    testing::Values(MilenageSet{"465b5ce8b199b49faa5f0a2ee238a6bc", "23553cbe9637a89d218ae64dae47bf35", "ff9bb4d0b607",
                                "b9b9", "cdc202d5123e20f62b6d676ac72cb318", "cd63cb71954a9f4e48a5994e37a02baf",
                                "4a9ffac354dfafb3", "01cfaf9ec4e871e9", "a54211d5e3ba50bf", "aa689c648370",
                                "b40ba9a3c58b2a05bbf0d987b21bf8cb", "f769bcd751044604127672711c6d3441", "451e8beca43b"},
                    MilenageSet{"0396eb317b6d1c36f19c1c84cd6ffd16", "c00d603103dcee52c4478119494202e8", "fd8eef40df7d",
                                "af17", "ff53bade17df5d4e793073ce9d7579fa", "53c15671c60a4b731c55b4a441c0bde2",
                                "5df5b31807e258b0", "a8c016e51ef4a343", "d3a628ed988620f0", "c47783995f72",
                                "58c433ff7a7082acd424220f2b67c556", "21a8c1f929702adb3e738488b9f5c5da", "30f1197061c1"},
                    MilenageSet{"fec86ba6eb707ed08905757b1bb44b8f", "9f7c8d021accf4db213ccff0c7f71a6a", "9d0277595ffc",
                                "725c", "dbc59adcb6f9a0ef735477b7fadf8374", "1006020f0a478bf6b699f15c062e42b3",
                                "9cabc3e99baf7281", "95814ba2b3044324", "8011c48c0c214ed2", "33484dc2136b",
                                "5dbdbb2954e8f3cde665b046179a5098", "59a92d3b476a0443487055cf88b2307b", "deacdd848cc6"},
                    MilenageSet{"9e5944aea94b81165c82fbf9f32db751", "ce83dbc54ac0274a157c17f80d017bd6", "0b604a81eca8",
                                "9e09", "223014c5806694c007ca1eeef57f004f", "a64a507ae1a2a98bb88eb4210135dc87",
                                "74a58220cba84c49", "ac2cc74a96871837", "f365cd683cd92e96", "f0b9c08ad02e",
                                "e203edb3971574f5a94b0d61b816345d", "0c4524adeac041c4dd830d20854fc46b", "6085a86c6f63"},
                    MilenageSet{"4ab1deb05ca6ceb051fc98e77d026a84", "74b0cd6031a1c8339b2b6ce2b8c4a186", "e880a1b580b6",
                                "9f07", "2d16c5cd1fdf6b22383584e3bef2a8d8", "dcf07cbd51855290b92a07a9891e523e",
                                "49e785dd12626ef2", "9e85790336bb3fa2", "5860fc1bce351e7e", "31e11a609118",
                                "7657766b373d1c2138f307e3de9242f9", "1c42e960d89b8fa99f2744e0708ccb53", "fe2555e54aa9"},
                    MilenageSet{"6c38a116ac280c454f59332ee35c8c4f", "ee6466bc96202c5a557abbeff8babf63", "414b98222181",
                                "4464", "1ba00a1a7c6700ac8c3ff3e96ad08725", "3803ef5363b947c6aaa225e58fae3934",
                                "078adfb488241a57", "80246b8d0186bcf1", "16c8233f05a0ac28", "45b0f69ab06c",
                                "3f8c7587fe8e4b233af676aede30ba3b", "a7466cc1e6b2a1337d49d3b66e95d7b4",
                                "1f53cd2b1113"}));

// Test set 1 as a challenge.
const std::string kK = raw("465b5ce8b199b49faa5f0a2ee238a6bc"), kOp = raw("cdc202d5123e20f62b6d676ac72cb318");
constexpr char kNonce1[] = "I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7M=";

std::string aka_challenge(std::string_view algorithm, std::string_view nonce, std::string_view qop = "qop=auth") {
    return "Digest realm=\"example.com\", nonce=\"" + std::string(nonce) + "\", algorithm=" + std::string(algorithm) +
           ", " + std::string(qop);
}

Request aka_request(const AkaKeys& keys) {
    return {.method = "REGISTER",
            .uri = "sip:127.0.0.1:5060",
            .body = {},
            .username = "alice",
            .password = "password",
            .aka = keys,
            .cnonce = "c0ffee"};
}

// Python: Milenage with cryptography's AES, HMAC with hmac, the password RES or its base64.
TEST(Aka, Responses) {
    struct Case {
        const char *algorithm, *response;
    };
    for (Case c :
         {Case{"AKAv1-MD5", "b60d80f13d6133df7106338a236ae3cc"}, Case{"akaV2-md5", "390efafe14f49b652b7a5092882d5785"},
          Case{"AKAv2-SHA-256", "beb30a31d9b3621196b0b7b4b7441686a5ed01471a915b2d6eb2a87d9da73812"}}) {
        for (std::string_view amf : {"", "\xb9\xb9"}) {
            Answer a = answer(aka_challenge(c.algorithm, kNonce1), aka_request({kK, kOp, amf}));
            EXPECT_EQ(a.text,
                      std::string("Digest username=\"alice\",realm=\"example.com\",cnonce=\"c0ffee\",nc=00000001,"
                                  "qop=auth,uri=\"sip:127.0.0.1:5060\",nonce=\"") +
                          kNonce1 + "\",response=\"" + c.response + "\",algorithm=" + c.algorithm);
        }
    }
}

// Keys of any bytes: NUL, quote, bracket, line end, backslash, comma.
TEST(Aka, KeysOfAnyBytes) {
    std::string k = raw("005b0a5c7800ff22000d3d2c205d0000"), op = raw("00000000000000005b0a5c22ff000000");
    std::string challenge = aka_challenge("AKAv1-MD5", "AAECAwQFBgcICQoLDA0OD7PZEjM3CIAAjGV7F+2CXaw=", "");
    EXPECT_EQ(response_of(answer(challenge, aka_request({k, op, ""})).text), "6e63c0f7cbcb10d724cfe636b31fc9b0");
}

// SIPp: the password is the key, filled up with zeros.
TEST(Aka, KeyFromPassword) {
    std::string challenge = aka_challenge("AKAv1-MD5", "AAECAwQFBgcICQoLDA0OD7Rbr3F7MoAAdVapbsFhBCE=", "");
    EXPECT_EQ(response_of(answer(challenge, aka_request({})).text), "1ae73904d580f1403699dcf73ebdf844");
    EXPECT_EQ(response_of(answer(challenge, aka_request({"password", "", ""})).text),
              "1ae73904d580f1403699dcf73ebdf844");
}

TEST(Aka, LongKeysAreCut) {
    std::string k = kK + "x", op = kOp + "x";
    EXPECT_EQ(answer(aka_challenge("AKAv1-MD5", kNonce1), aka_request({k, op, "\xb9\xb9\xb9"})).status, Status::Ok);
}

TEST(Aka, MacMismatch) {
    std::string wrong = kK;
    wrong[15] ^= 1;
    for (const AkaKeys& keys :
         {AkaKeys{wrong, kOp, ""}, AkaKeys{kK, kK, ""}, AkaKeys{kK, "", ""}, AkaKeys{}, AkaKeys{kK, kOp, "\xb9\xb8"}})
        EXPECT_EQ(answer(aka_challenge("AKAv1-MD5", kNonce1), aka_request(keys)).status, Status::MacMismatch);
    // a bit of RAND, of SQN, of AMF, of MAC
    for (size_t at : {0, 24, 30, 42}) {
        std::string nonce = kNonce1;
        nonce[at] = nonce[at] == 'A' ? 'B' : 'A';
        EXPECT_EQ(answer(aka_challenge("AKAv2-MD5", nonce), aka_request({kK, kOp, ""})).status, Status::MacMismatch);
    }
}

TEST(Aka, Nonces) {
    std::string bare = kNonce1;
    bare.pop_back();
    std::string with_server_data = bare.substr(0, 42) + "MQWxhZGRpbg==";
    for (const std::string& nonce : {bare, with_server_data})
        EXPECT_EQ(answer(aka_challenge("AKAv1-MD5", nonce), aka_request({kK, kOp, ""})).status, Status::Ok) << nonce;
    for (std::string nonce : {std::string(), std::string("="), bare.substr(0, 42), "!" + bare.substr(1),
                              bare.substr(0, 20) + "=" + bare.substr(21), std::string("dcd98b7102dd2f0e8b11d0f600bf")})
        EXPECT_EQ(answer(aka_challenge("AKAv1-MD5", nonce), aka_request({kK, kOp, ""})).status, Status::BadNonce)
            << nonce;
}

// RFC 3310 prints no keys, and as response that of RFC 2617's example: what can be checked is that the challenge is
// read and its nonce, whose base64 has one = too many, is taken apart.
TEST(Aka, Rfc3310Example) {
    Answer a = answer(
        "Digest realm=\"RoamingUsers@mobile.biz\", nonce=\"CjPk9mRqNuT25eRkajM09uTl9nM09uTl9nMz5OX25PZz==\", "
        "qop=\"auth,auth-int\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", algorithm=AKAv1-MD5",
        aka_request({kK, kOp, ""}));
    EXPECT_EQ(a.status, Status::MacMismatch);
}

// --- The fuzzer's corpus

TEST(AuthFuzz, CorpusIsReplayed) {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(GSP_AUTH_CORPUS)) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::string text(std::istreambuf_iterator<char>(file), {});
        auth_fuzz_one_input(reinterpret_cast<const uint8_t*>(text.data()), text.size());
        ++files;
    }
    EXPECT_GE(files, 10u);
}

}  // namespace
}  // namespace gsp::rt::auth
