// SPDX-License-Identifier: Apache-2.0
// RFC 4475 3.1.1: messages that are well formed, however they look.
#include "torture.h"

namespace gsp::rt::sip {
namespace {

#define SDP_150                                                                        \
    "v=0\no=mhandley 29739 7272939 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n" \
    "m=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n"

const Torture kValid[] = {
    {.section = "3.1.1.1",
     .name = "wsinv",
     .text = R"(INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 150
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

)" SDP_150,
     .method = "INVITE",
     .uri = "sip:vivekg@chair-dnrc.example.com;unknownparam",
     .call_id = "wsinv.ndaksdj@192.0.2.1",
     .cseq = 9,
     .cseq_method = "INVITE",
     .from_tag = "98asjd8",
     .to_tag = "1918181833n",
     .branch = "390skdjuw",
     .contact = "sip:jdrosen@example.com",
     .content_length = "150",
     .body_bytes = 150},
    {.section = "3.1.1.2",
     .name = "intmeth",
     .text =
         R"(!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
To: "BEL:\{{07}} NUL:\{{00}} DEL:\{{7f}}" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="{{d180d0b0d0b1d0bed182d0b0d18ed189d0b8d0b9}}";tag=_token~1'+`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{
CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~
Max-Forwards: 255
extensionHeader-!.%*+_`'~:{{efbbbfe5a4a7e5819ce99bbb}}
Content-Length: 0

)",
     .method = "!interesting-Method0123456789_*+`.%indeed'~",
     .uri =
         "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
     .call_id = R"(intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{)",
     .cseq = 139122385,
     .cseq_method = "!interesting-Method0123456789_*+`.%indeed'~",
     .from_tag = "_token~1'+`*%!-.",
     .branch = "z9hG4bK-.!%66*_+`'~",
     .content_length = "0"},
    {.section = "3.1.1.3",
     .name = "esc01",
     .text = R"(INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
To: sip:%75se%72@example.com
From: <sip:I%20have%20spaces@example.net>;tag=938
Max-Forwards: 87
i: esc01.239409asdfakjkn23onasd0-3234
CSeq: 234234 INVITE
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
C: application/sdp
Contact:
  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
Content-Length: 150

)" SDP_150,
     .method = "INVITE",
     .uri = "sip:sips%3Auser%40example.com@example.net",
     .call_id = "esc01.239409asdfakjkn23onasd0-3234",
     .cseq = 234234,
     .cseq_method = "INVITE",
     .from_tag = "938",
     .branch = "z9hG4bKkdjuw",
     .content_length = "150",
     .body_bytes = 150},
    {.section = "3.1.1.4",
     .name = "escnull",
     .text = R"(REGISTER sip:example.com SIP/2.0
To: sip:null-%00-null@example.com
From: sip:null-%00-null@example.com;tag=839923423
Max-Forwards: 70
Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
CSeq: 14398234 REGISTER
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
Contact: <sip:%00@host5.example.com>
Contact: <sip:%00%00@host5.example.com>
L:0

)",
     .method = "REGISTER",
     .uri = "sip:example.com",
     .call_id = "escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd",
     .cseq = 14398234,
     .cseq_method = "REGISTER",
     .from_tag = "839923423",
     .branch = "z9hG4bKkdjuw",
     .contact = "sip:%00@host5.example.com",
     .content_length = "0"},
    {.section = "3.1.1.5",  // % escapes nothing in methods and names of header fields
     .name = "esc02",
     .text = R"(RE%47IST%45R sip:registrar.example.com SIP/2.0
To: "%Z%45" <sip:resource@example.com>
From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23
Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf
Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234
CSeq: 29344 RE%47IST%45R
Max-Forwards: 70
C%6Fntact: <sip:alias2@host2.example.com>
Contact: <sip:alias1@host1.example.com>
l: 0

)",
     .method = "RE%47IST%45R",
     .uri = "sip:registrar.example.com",
     .call_id = "esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf",
     .cseq = 29344,
     .cseq_method = "RE%47IST%45R",
     .from_tag = "f232jadfj23",
     .branch = "z9hG4bK209%fzsnel234",
     .contact = "sip:alias1@host1.example.com",
     .content_length = "0"},
    {.section = "3.1.1.6",
     .name = "lwsdisp",
     .text = R"(OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: caller<sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID: lwsdisp.1234abcd@funky.example.com
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw
l: 0

)",
     .method = "OPTIONS",
     .uri = "sip:user@example.com",
     .call_id = "lwsdisp.1234abcd@funky.example.com",
     .cseq = 60,
     .cseq_method = "OPTIONS",
     .from_tag = "323",
     .branch = "z9hG4bKkdjuw",
     .content_length = "0"},
    {.section = "3.1.1.8",  // two requests in a datagram: the second one is no message of its own
     .name = "dblreq",
     .text = R"(REGISTER sip:example.com SIP/2.0
To: sip:j.user@example.com
From: sip:j.user@example.com;tag=43251j3j324
Max-Forwards: 8
I: dblreq.0ha0isndaksdj99sdfafnl3lk233412
Contact: sip:j.user@host.example.com
CSeq: 8 REGISTER
Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
Content-Length: 0


INVITE sip:joe@example.com SIP/2.0
t: sip:joe@example.com
From: sip:caller@example.net;tag=141334
Max-Forwards: 8
Call-ID: dblreq.0ha0isnda977644900765@192.0.2.15
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw380234
Content-Type: application/sdp
Content-Length: 150

)" SDP_150,
     .method = "REGISTER",
     .uri = "sip:example.com",
     .call_id = "dblreq.0ha0isndaksdj99sdfafnl3lk233412",
     .cseq = 8,
     .cseq_method = "REGISTER",
     .from_tag = "43251j3j324",
     .branch = "z9hG4bKkdjuw23492",
     .content_length = "0",
     .body_bytes = 445},
    {.section = "3.1.1.9",
     .name = "semiuri",
     .text = R"(OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0
To: sip:j_user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Call-ID: semiuri.0ha0isndaksdj
CSeq: 8 OPTIONS
Accept: application/sdp, application/pkcs7-mime,
        multipart/mixed, multipart/signed,
        message/sip, message/sipfrag
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw
l: 0

)",
     .method = "OPTIONS",
     .uri = "sip:user;par=u%40example.net@example.com",
     .call_id = "semiuri.0ha0isndaksdj",
     .cseq = 8,
     .cseq_method = "OPTIONS",
     .from_tag = "33242",
     .branch = "z9hG4bKkdjuw",
     .content_length = "0"},
    {.section = "3.1.1.10",
     .name = "transports",
     .text = R"(OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: <sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID:  transports.kijh4akdnaqjkwendsasfdj
Accept: application/sdp
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw
Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf
Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj
Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en
Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee
l: 0

)",
     .method = "OPTIONS",
     .uri = "sip:user@example.com",
     .call_id = "transports.kijh4akdnaqjkwendsasfdj",
     .cseq = 60,
     .cseq_method = "OPTIONS",
     .from_tag = "323",
     .branch = "z9hG4bKkdjuw",
     .content_length = "0"},
    {.section =
         "3.1.1.11",  // the parts are shorter here: what counts is that binary data passes, with CRLF and NUL in it
     .name = "mpart01",
     .text = R"(MESSAGE sip:kumiko@example.org SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport
Max-Forwards: 70
Route: <sip:127.0.0.1:5080>
Identity: r5mwreLuyDRYBi/0TiPwEsY3rEVsk/G2WxhgTV1PF7hHuLIK0YWVKZhKv9Mj8UeXqkMVbnVq37CD+813gvYjcBUaZngQmXc9WNZSDNGCzA+fWl9MEUHWIZo1CeJebdY/XlgKeTa0Olvq0rt70Q5jiSfbqMJmQFteeivUhkMWYUA=
Contact: <sip:fluffy@127.0.0.1:5070>
To: <sip:kumiko@example.org>
From: <sip:fluffy@example.com>;tag=2fb0dcc9
Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..
CSeq: 1 MESSAGE
Content-Transfer-Encoding: binary
Content-Type: multipart/mixed;boundary=7a9cbec02ceef655
Date: Sat, 15 Oct 2005 04:44:56 GMT
User-Agent: SIPimp.org/0.2.5 (curses)
Content-Length: 111

--7a9cbec02ceef655
Content-Type: text/plain

Hello
--7a9cbec02ceef655

{{308201520609000d0a0d0aff}}
--7a9cbec02ceef655--)",
     .method = "MESSAGE",
     .uri = "sip:kumiko@example.org",
     .call_id = "3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..",
     .cseq = 1,
     .cseq_method = "MESSAGE",
     .from_tag = "2fb0dcc9",
     .branch = "z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-",
     .content_length = "111",
     .body_bytes = 111},
    {.section = "3.1.1.12",
     .name = "unreason",
     .text =
         R"(SIP/2.0 200 = 2**3 * 5**2 {{d0bdd0be20d181d182d0be20d0b4d0b5d0b2d18fd0bdd0bed181d182d0be20d0b4d0b5d0b2d18fd182d18c202d20d0bfd180d0bed181d182d0bed0b5}}
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Call-ID: unreason.1234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: 154
Content-Type: application/sdp
Contact: <sip:user@host198.example.com>

v=0
)",
     .status = 200,
     .call_id = "unreason.1234ksdfak3j2erwedfsASdf",
     .cseq = 35,
     .cseq_method = "INVITE",
     .from_tag = "11141343",
     .to_tag = "2229",
     .branch = "z9hG4bK1324923",
     .content_length = "154",
     .body_bytes = 5},
    {.section = "3.1.1.13",
     .name = "noreason",
     .text = "SIP/2.0 100 \n"
             R"(Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
Call-ID: noreason.asndj203insdf99223ndf
CSeq: 35 INVITE
From: <sip:user@example.com>;tag=39ansfi3
To: <sip:user@example.edu>;tag=902jndnke3
Content-Length: 0
Contact: <sip:user@host105.example.com>

)",
     .status = 100,
     .call_id = "noreason.asndj203insdf99223ndf",
     .cseq = 35,
     .cseq_method = "INVITE",
     .from_tag = "39ansfi3",
     .to_tag = "902jndnke3",
     .branch = "z9hG4bK2398ndaoe",
     .content_length = "0"},
};

class ValidTorture : public ::testing::TestWithParam<Torture> {};

TEST_P(ValidTorture, IsReadAsTheRfcSays) {
    expect_torture(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Rfc4475, ValidTorture, ::testing::ValuesIn(kValid),
                         [](const auto& row) { return std::string(row.param.name); });

std::string repeated(std::string_view text, int times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
}

// 3.1.1.7: very long values, and 34 Via fields in all spellings.
TEST(Rfc4475, Longreq) {
    const std::string user = "sip:" + repeated("amazinglylongcallername", 5) + "@example.net";
    const std::string call_id = "longreq.one" + repeated("really", 20) + "longcallid";
    const std::string tag = repeated("1298", 40) + "424", branch = "very" + repeated("long", 50) + "branchvalue";
    std::string text = "INVITE sip:user@example.com SIP/2.0\nTo: \"I have a user name of " + repeated("extreme", 10) +
                       " proportion\"<sip:user@example.com:6000;unknownparam1=very" + repeated("long", 20) +
                       "value;very" + repeated("long", 25) + "ParameterNameWithNoValue>\nF: " + user + ";tag=" + tag +
                       ";unknown" + repeated("name", 25) + "=" + repeated("value", 15) + ";" + repeated("param", 15) +
                       "\nCall-ID: " + call_id + "\nCSeq: 3882340 INVITE\nUnknown-" + repeated("Long", 20) +
                       "-Name: unknown-" + repeated("long", 20) + "-value\n";
    const char* const spellings[] = {"Via:", "v:",   "V:",   "ViA:", "VIa:", "VIA:", "via:",  "viA:",
                                     "vIa:", "vIA:", "V : ", "v : ", "V  :", "v  :", "Via :", "Via  :"};
    for (size_t i = 33; i > 0; --i)
        text += std::string(spellings[i % std::size(spellings)]) + " SIP/2.0/TCP sip" + std::to_string(i) +
                ".example.com\n";
    text += "Via: SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=" + branch + "\nMax-Forwards: 70\nContact: <" +
            user + ">\nContent-Type: application/sdp\nl: 150\n\n" SDP_150;
    const std::string bytes = torture_bytes(text);
    Message m;
    ASSERT_EQ(parse(bytes, m), ParseStatus::Ok);
    EXPECT_EQ(m.call_id, call_id);
    EXPECT_EQ(m.cseq, 3882340u);
    EXPECT_EQ(parameter(m.value_of(Header::From), "tag"), tag);
    EXPECT_EQ(uri_of(m.value_of(Header::From)), user);
    EXPECT_EQ(m.value_of(Header::Via), "SIP/2.0/TCP sip33.example.com");
    std::string_view last;
    int vias = 0;
    for (uint32_t i = 0; i < m.n_headers; ++i) {
        if (m.headers[i].id != Header::Via) continue;
        ++vias;
        last = m.value(m.headers[i]);
    }
    EXPECT_EQ(vias, 34);
    EXPECT_EQ(parameter(last, "branch"), branch);
    EXPECT_EQ(m.value_of(Header::ContentLength), "150");
    EXPECT_EQ(m.body_text().size(), 150u);
}

}  // namespace
}  // namespace gsp::rt::sip
