// SPDX-License-Identifier: Apache-2.0
// RFC 4475 3.2 to 3.4: messages that are well formed and mean something odd. All that is for a scenario to judge; the
// reader takes them as they stand.
#include "torture.h"

namespace gsp::rt::sip {
namespace {

const Torture kOdd[] = {
    {.section = "3.2.1",  // nothing behind the magic cookie
     .name = "badbranch",
     .text = R"(OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK
Accept: application/sdp
Call-ID: badbranch.sadonfo23i420jv0as0derf3j3n
CSeq: 8 OPTIONS
l: 0

)",
     .method = "OPTIONS",
     .uri = "sip:user@example.com",
     .call_id = "badbranch.sadonfo23i420jv0as0derf3j3n",
     .cseq = 8,
     .cseq_method = "OPTIONS",
     .from_tag = "33242",
     .branch = "z9hG4bK",
     .content_length = "0"},
    {.section = "3.3.1",  // no Call-ID, From, To: there is no call that it could belong to
     .name = "insuf",
     .text = R"(INVITE sip:user@example.com SIP/2.0
CSeq: 193942 INVITE
Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf
Content-Type: application/sdp
l: 152

v=0
)",
     .result = ParseStatus::NoCallId},
    {.section = "3.3.2",
     .name = "unkscm",
     .text = R"(OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=384
Max-Forwards: 3
Call-ID: unkscm.nasdfasser0q239nwsdfasdkl34
CSeq: 3923423 OPTIONS
Via: SIP/2.0/TCP host9.example.com;branch=z9hG4bKkdjuw39234
Content-Length: 0

)",
     .method = "OPTIONS",
     .uri = "nobodyKnowsThisScheme:totallyopaquecontent",
     .call_id = "unkscm.nasdfasser0q239nwsdfasdkl34",
     .cseq = 3923423,
     .cseq_method = "OPTIONS",
     .from_tag = "384",
     .branch = "z9hG4bKkdjuw39234",
     .content_length = "0"},
    {.section = "3.3.3",
     .name = "novelsc",
     .text = R"(OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=384
Max-Forwards: 3
Call-ID: novelsc.asdfasser0q239nwsdfasdkl34
CSeq: 3923423 OPTIONS
Via: SIP/2.0/TCP host9.example.com;branch=z9hG4bKkdjuw39234
Content-Length: 0

)",
     .method = "OPTIONS",
     .uri = "soap.beep://192.0.2.103:3002",
     .call_id = "novelsc.asdfasser0q239nwsdfasdkl34",
     .cseq = 3923423,
     .cseq_method = "OPTIONS",
     .from_tag = "384",
     .branch = "z9hG4bKkdjuw39234",
     .content_length = "0"},
    {.section = "3.3.4",
     .name = "unksm2",
     .text = R"(REGISTER sip:example.com SIP/2.0
To: isbn:2983792873
From: <http://www.example.com>;tag=3234233
Call-ID: unksm2.daksdj@hyphenated-host.example.com
CSeq: 234902 REGISTER
Max-Forwards: 70
Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKkdjuw
Contact: <name:John_Smith>
l: 0

)",
     .method = "REGISTER",
     .uri = "sip:example.com",
     .call_id = "unksm2.daksdj@hyphenated-host.example.com",
     .cseq = 234902,
     .cseq_method = "REGISTER",
     .from_tag = "3234233",
     .branch = "z9hG4bKkdjuw",
     .contact = "name:John_Smith",
     .content_length = "0"},
    {.section = "3.3.5",
     .name = "bext01",
     .text = R"(OPTIONS sip:user@example.com SIP/2.0
To: sip:j_user@example.com
From: sip:caller@example.net;tag=242etr
Max-Forwards: 6
Call-ID: bext01.0ha0isndaksdj
Require: nothingSupportsThis, nothingSupportsThisEither
Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis
CSeq: 8 OPTIONS
Via: SIP/2.0/TLS fold-and-staple.example.com;branch=z9hG4bKkdjuw
Content-Length: 0

)",
     .method = "OPTIONS",
     .uri = "sip:user@example.com",
     .call_id = "bext01.0ha0isndaksdj",
     .cseq = 8,
     .cseq_method = "OPTIONS",
     .from_tag = "242etr",
     .branch = "z9hG4bKkdjuw",
     .content_length = "0"},
    {.section = "3.3.6",
     .name = "invut",
     .text = R"(INVITE sip:user@example.com SIP/2.0
Contact: <sip:caller@host5.example.net>
To: sip:j.user@example.com
From: sip:caller@example.net;tag=8392034
Max-Forwards: 70
Call-ID: invut.0ha0isndaksdjadsfij34n23d
CSeq: 235448 INVITE
Via: SIP/2.0/UDP somehost.example.com;branch=z9hG4bKkdjuw
Content-Type: application/unknownformat
Content-Length: 40

<audio>
 <pcmu port="443"/>
</audio>
)",
     .method = "INVITE",
     .uri = "sip:user@example.com",
     .call_id = "invut.0ha0isndaksdjadsfij34n23d",
     .cseq = 235448,
     .cseq_method = "INVITE",
     .from_tag = "8392034",
     .branch = "z9hG4bKkdjuw",
     .contact = "sip:caller@host5.example.net",
     .content_length = "40",
     .body_bytes = 40},
    {.section = "3.3.7",
     .name = "regaut01",
     .text = R"(REGISTER sip:example.com SIP/2.0
To: sip:j.user@example.com
From: sip:j.user@example.com;tag=87321hj23128
Max-Forwards: 8
Call-ID: regaut01.0ha0isndaksdj
CSeq: 9338 REGISTER
Via: SIP/2.0/TCP 192.0.2.253;branch=z9hG4bKkdjuw
Authorization: NoOneKnowsThisScheme opaque-data=here
Content-Length: 0

)",
     .method = "REGISTER",
     .uri = "sip:example.com",
     .call_id = "regaut01.0ha0isndaksdj",
     .cseq = 9338,
     .cseq_method = "REGISTER",
     .from_tag = "87321hj23128",
     .branch = "z9hG4bKkdjuw",
     .content_length = "0"},
    {.section = "3.3.8",  // several of what there may be one of: the first counts
     .name = "multi01",
     .text = R"(INVITE sip:user@company.com SIP/2.0
Contact: <sip:caller@host25.example.net>
Via: SIP/2.0/UDP 192.0.2.25;branch=z9hG4bKkdjuw
Max-Forwards: 70
CSeq: 5 INVITE
Call-ID: multi01.98asdh@192.0.2.1
CSeq: 59 INVITE
Call-ID: multi01.98asdh@192.0.2.2
From: sip:caller@example.com;tag=3413415
To: sip:user@example.com
To: sip:other@example.net
From: sip:caller@example.net;tag=2923420123
Content-Type: application/sdp
l: 154
Contact: <sip:caller@host36.example.net>
Max-Forwards: 5

v=0
)",
     .method = "INVITE",
     .uri = "sip:user@company.com",
     .call_id = "multi01.98asdh@192.0.2.1",
     .cseq = 5,
     .cseq_method = "INVITE",
     .from_tag = "3413415",
     .branch = "z9hG4bKkdjuw",
     .contact = "sip:caller@host25.example.net",
     .content_length = "154",
     .body_bytes = 5},
    {.section = "3.3.9",
     .name = "mcl01",
     .text = R"(OPTIONS sip:user@example.com SIP/2.0
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bK293423
To: sip:user@example.com
From: sip:other@example.net;tag=3923942
Call-ID: mcl01.fhn2323orihawfdoa3o4r52o3irsdf
CSeq: 15932 OPTIONS
Content-Length: 13
Max-Forwards: 60
Content-Length: 5
Content-Type: text/plain

There's no way to know how many octets are supposed to be here.
)",
     .method = "OPTIONS",
     .uri = "sip:user@example.com",
     .call_id = "mcl01.fhn2323orihawfdoa3o4r52o3irsdf",
     .cseq = 15932,
     .cseq_method = "OPTIONS",
     .from_tag = "3923942",
     .branch = "z9hG4bK293423",
     .content_length = "13",
     .body_bytes = 65},
    {.section = "3.3.10",  // for another one: two Vias
     .name = "bcast",
     .text = R"(SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23
Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: 154
Content-Type: application/sdp
Contact: <sip:user@host28.example.com>

v=0
)",
     .status = 200,
     .call_id = "bcast.0384840201234ksdfak3j2erwedfsASdf",
     .cseq = 35,
     .cseq_method = "INVITE",
     .from_tag = "11141343",
     .to_tag = "2229",
     .branch = "z9hG4bK1324923",
     .content_length = "154",
     .body_bytes = 5},
    {.section = "3.3.11",
     .name = "zeromf",
     .text = R"(OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=3ghsd41
Call-ID: zeromf.jfasdlfnm2o2l43r5u0asdfas
CSeq: 39234321 OPTIONS
Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bKkdjuw2349i
Max-Forwards: 0
Content-Length: 0

)",
     .method = "OPTIONS",
     .uri = "sip:user@example.com",
     .call_id = "zeromf.jfasdlfnm2o2l43r5u0asdfas",
     .cseq = 39234321,
     .cseq_method = "OPTIONS",
     .from_tag = "3ghsd41",
     .branch = "z9hG4bKkdjuw2349i",
     .content_length = "0"},
    {.section = "3.3.12",  // without <…> a parameter is the header field's
     .name = "cparam01",
     .text = R"(REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/UDP saturn.example.com:5060;branch=z9hG4bKkdjuw
Max-Forwards: 70
From: sip:watson@example.com;tag=DkfVgjkrtMwaerKKpe
To: sip:watson@example.com
Call-ID: cparam01.70710@saturn.example.com
CSeq: 2 REGISTER
Contact: sip:+19725552222@gw1.example.net;unknownparam
l: 0

)",
     .method = "REGISTER",
     .uri = "sip:example.com",
     .call_id = "cparam01.70710@saturn.example.com",
     .cseq = 2,
     .cseq_method = "REGISTER",
     .from_tag = "DkfVgjkrtMwaerKKpe",
     .branch = "z9hG4bKkdjuw",
     .contact = "sip:+19725552222@gw1.example.net",
     .content_length = "0"},
    {.section = "3.3.13",  // within <…> it is the URI's
     .name = "cparam02",
     .text = R"(REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/UDP saturn.example.com:5060;branch=z9hG4bKkdjuw
Max-Forwards: 70
From: sip:watson@example.com;tag=838293
To: sip:watson@example.com
Call-ID: cparam02.70710@saturn.example.com
CSeq: 3 REGISTER
Contact: <sip:+19725552222@gw1.example.net;unknownparam>
l: 0

)",
     .method = "REGISTER",
     .uri = "sip:example.com",
     .call_id = "cparam02.70710@saturn.example.com",
     .cseq = 3,
     .cseq_method = "REGISTER",
     .from_tag = "838293",
     .branch = "z9hG4bKkdjuw",
     .contact = "sip:+19725552222@gw1.example.net;unknownparam",
     .content_length = "0"},
    {.section = "3.3.14",
     .name = "regescrt",
     .text = R"(REGISTER sip:example.com SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=8
Max-Forwards: 70
Call-ID: regescrt.k345asrl3fdbv@192.0.2.1
CSeq: 14398234 REGISTER
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
M: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>
L:0

)",
     .method = "REGISTER",
     .uri = "sip:example.com",
     .call_id = "regescrt.k345asrl3fdbv@192.0.2.1",
     .cseq = 14398234,
     .cseq_method = "REGISTER",
     .from_tag = "8",
     .branch = "z9hG4bKkdjuw",
     .contact = "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
     .content_length = "0"},
    {.section = "3.3.15",
     .name = "sdp01",
     .text = R"(INVITE sip:user@example.com SIP/2.0
To: sip:j_user@example.com
Contact: <sip:caller@host15.example.net>
From: sip:caller@example.net;tag=234
Max-Forwards: 5
Call-ID: sdp01.ndaksdj9342dasdd
Accept: text/nobodyKnowsThis
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw
Content-Length: 150
Content-Type: application/sdp

v=0
)",
     .method = "INVITE",
     .uri = "sip:user@example.com",
     .call_id = "sdp01.ndaksdj9342dasdd",
     .cseq = 8,
     .cseq_method = "INVITE",
     .from_tag = "234",
     .branch = "z9hG4bKkdjuw",
     .contact = "sip:caller@host15.example.net",
     .content_length = "150",
     .body_bytes = 5},
    {.section = "3.4.1",  // RFC 2543: no branch, no tag, no Max-Forwards
     .name = "inv2543",
     .text = R"(INVITE sip:UserB@example.com SIP/2.0
Via: SIP/2.0/UDP iftgw.example.com
From: <sip:+13035551111@ift.client.example.net;user=phone>
Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>
To: sip:+16505552222@ss1.example.net;user=phone
Call-ID: inv2543.1717@ift.client.example.com
CSeq: 56 INVITE
Content-Type: application/sdp

v=0
)",
     .method = "INVITE",
     .uri = "sip:UserB@example.com",
     .call_id = "inv2543.1717@ift.client.example.com",
     .cseq = 56,
     .cseq_method = "INVITE",
     .body_bytes = 5},
};

class OddTorture : public ::testing::TestWithParam<Torture> {};

TEST_P(OddTorture, IsReadAsItStands) {
    expect_torture(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Rfc4475, OddTorture, ::testing::ValuesIn(kOdd),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace gsp::rt::sip
