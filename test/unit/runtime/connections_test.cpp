// SPDX-License-Identifier: Apache-2.0
// Transports with connections: one suite over all of them, then what can go wrong on a stream. Loopback only, ports
// from the system.
#include <linux/filter.h>
#include <sys/socket.h>

#include <boost/asio/write.hpp>

#include "runtime/sip/framing.h"
#include "test/unit/runtime/connections.h"

namespace gsp::rt {
namespace {

// ---- every transport with connections --------------------

struct Kind {
    std::string name;
    Protocol protocol;
    Sockets sockets;
    std::string host = "127.0.0.1";
};

class ConnectionSuite : public Connections, public ::testing::WithParamInterface<Kind> {
protected:
    ConnectionSuite() : Connections(GetParam().protocol, GetParam().host) {
        client_config_.sockets = GetParam().sockets;
    }
    bool own_sockets() const { return GetParam().sockets == Sockets::PerCall; }
    bool is_stream() const { return protocol_ != Protocol::Udp; }
};

TEST_P(ConnectionSuite, MessagesGoBothWaysOnTheConnectionOfACall) {
    start();
    EXPECT_TRUE(client_->has_connections());
    const ConnId conn = connect();
    EXPECT_TRUE(client_->alive(conn));
    EXPECT_EQ(send(*client_, server_->local(), conn, message("a")).errors, 0u);
    ASSERT_TRUE(arrive(1));
    EXPECT_EQ(at_server_[0].bytes, message("a"));
    if (own_sockets()) {
        EXPECT_EQ(at_server_[0].from, client_->local(conn));
    }
    EXPECT_EQ(send(*server_, at_server_[0].from, at_server_[0].conn, message("b")).errors, 0u);
    ASSERT_TRUE(arrive(1, 1));
    EXPECT_EQ(at_client_[0].bytes, message("b"));
    EXPECT_EQ(at_client_[0].conn, conn);
    EXPECT_TRUE(until([&] { return client_->all_sent() && server_->all_sent(); }));
}

TEST_P(ConnectionSuite, ManyMessagesStayWholeAndInOrder) {
    start();
    const ConnId conn = connect();
    std::vector<std::string> texts;
    for (size_t i = 0; i < 500; ++i) texts.push_back(message("m" + std::to_string(i), i * 37 % 1400));
    std::vector<TxPacket> batch;
    for (const std::string& text : texts)
        batch.push_back({text.data(), static_cast<uint32_t>(text.size()), server_->local(), 0, conn});
    for (size_t at = 0; at < batch.size(); at += 50) {
        ASSERT_EQ(client_->send(std::span(batch).subspan(at, 50)).sent, 50u);
        if (!is_stream()) {  // no more than the socket's buffer holds
            ASSERT_TRUE(arrive(at + 50));
        }
    }
    ASSERT_TRUE(arrive(texts.size()));
    for (size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(at_server_[i].bytes, texts[i]);
}

TEST_P(ConnectionSuite, SaysWhetherThereMayBeMore) {
    start();
    const ConnId conn = connect();
    send(*client_, server_->local(), conn, message("first"));
    ASSERT_TRUE(arrive(1));
    constexpr size_t kMessages = 10;
    const std::string text = message("next", 1300);
    std::vector<TxPacket> batch(kMessages,
                                {text.data(), static_cast<uint32_t>(text.size()), server_->local(), 0, conn});
    ASSERT_EQ(client_->send(batch).sent, kMessages);
    std::array<RxPacket, 2 * kMessages> packets;
    size_t received = 0;
    for (bool more = true; more;) {
        const uint32_t n = server_->receive(packets, 1);
        received += n;
        more = n > 0 && !server_->gives_all();
    }
    if (protocol_ == Protocol::Tcp || protocol_ == Protocol::Udp) {  // those that need no more turns of the io_context
        EXPECT_EQ(received, kMessages);
    }
    while (received-- > 0) at_server_.push_back({text, {}, conn});
    EXPECT_TRUE(arrive(1 + kMessages));
}

TEST_P(ConnectionSuite, TheLongestMessageArrives) {
    start();
    const size_t most = is_stream() ? sip::kLongestMessage : 65000;
    const std::string text = message("long", most - message("long", 10000).size() + 10000);
    send(*client_, server_->local(), connect(), text);
    ASSERT_TRUE(arrive(1));
    EXPECT_EQ(at_server_[0].bytes, text);
}

TEST_P(ConnectionSuite, CallsHaveOneConnectionOrTheirOwn) {
    start();
    const ConnId first = connect(), second = connect();
    EXPECT_EQ(first != second, own_sockets());
    if (!own_sockets()) return;
    for (const ConnId each : {first, second}) send(*client_, server_->local(), each, message(std::to_string(each)));
    ASSERT_TRUE(arrive(2));
    EXPECT_FALSE(at_server_[0].from == at_server_[1].from);
    EXPECT_FALSE(client_->local(first) == client_->local(second));
}

TEST_P(ConnectionSuite, MoreCallsThanSocketsShareThem) {
    if (!own_sockets()) return;
    client_config_.max_sockets = 2;
    start();
    const ConnId first = connect(), second = connect(), third = connect(), fourth = connect();
    EXPECT_NE(first, second);
    EXPECT_TRUE(third == first || third == second);
    EXPECT_NE(third, fourth);
    client_->close(third);
    EXPECT_TRUE(client_->alive(third));  // two calls had it
}

TEST_P(ConnectionSuite, AClosedConnectionIsGoneAndItsNumberFindsNothing) {
    if (!own_sockets()) return;
    start();
    const ConnId conn = connect();
    send(*client_, server_->local(), conn, message("last"));
    ASSERT_TRUE(arrive(1));
    client_->close(conn);
    EXPECT_TRUE(until([&] { return !client_->alive(conn); }));
    EXPECT_EQ(send(*client_, server_->local(), conn, message("late")).errors, 1u);
    EXPECT_NE(connect(), conn);
    EXPECT_TRUE(lost_by_client_.empty());  // it was asked for
    if (!is_stream()) return;
    ASSERT_TRUE(until([&] { return !lost_by_server_.empty(); }));
    EXPECT_TRUE(lost_by_server_[0].orderly);
    EXPECT_TRUE(lost_by_server_[0].ends_calls);
    EXPECT_FALSE(lost_by_server_[0].ends_run);
    EXPECT_EQ(lost_by_server_[0].conn, at_server_[0].conn);
}

TEST_P(ConnectionSuite, WhatIsQueuedLeavesBeforeTheGoodbye) {
    if (!own_sockets() || !is_stream()) return;
    start();
    const ConnId conn = connect();
    send(*client_, server_->local(), conn, message("hello"));
    ASSERT_TRUE(arrive(1));
    for (int i = 0; i < 50; ++i) send(*client_, server_->local(), conn, message("last", 20000));
    client_->close(conn);
    EXPECT_TRUE(arrive(51));
}

TEST_P(ConnectionSuite, WhatIsQueuedLeavesAlsoWhenTheGoodbyeComesBeforeTheConnectionIsOpen) {
    if (!own_sockets() || !is_stream()) return;
    start();
    const ConnId conn = connect();
    send(*client_, server_->local(), conn, message("only"));
    client_->close(conn);
    ASSERT_TRUE(arrive(1));
    EXPECT_TRUE(until([&] { return !client_->alive(conn) && !lost_by_server_.empty(); }));
    EXPECT_TRUE(lost_by_server_[0].orderly);
    EXPECT_TRUE(lost_by_client_.empty());
}

TEST_P(ConnectionSuite, MessagesOfAnEndedCallThatFindNobodyAreTold) {
    if (!own_sockets() || !is_stream()) return;
    start();
    const Address nobody = server_->local();
    server_.reset();
    const ConnId conn = connect(nobody);
    send(*client_, nobody, conn, message("only"));
    client_->close(conn);
    ASSERT_TRUE(until([&] { return !lost_by_client_.empty(); }));
    EXPECT_TRUE(lost_by_client_[0].refused);
    EXPECT_FALSE(client_->alive(conn));
    EXPECT_TRUE(client_->all_sent());
}

TEST_P(ConnectionSuite, ARefusedConnectionIsTold) {
    if (!is_stream()) return;
    Address nobody;
    {
        start_server();
        nobody = server_->local();
        server_.reset();
    }
    start_client();
    const ConnId conn = connect(nobody);
    ASSERT_TRUE(until([&] { return !lost_by_client_.empty(); }));
    EXPECT_EQ(lost_by_client_[0].conn, conn);
    EXPECT_TRUE(lost_by_client_[0].refused);
    EXPECT_FALSE(lost_by_client_[0].orderly);
    EXPECT_EQ(lost_by_client_[0].ends_run, !own_sockets());  // -max_reconnect 0
    EXPECT_NE(lost_by_client_[0].why.find(endpoint_text(nobody) + ": Connection refused"), std::string::npos)
        << lost_by_client_[0].why;
}

TEST_P(ConnectionSuite, TheEndOfARunLetsLastMessagesOut) {
    if (!is_stream()) return;
    client_config_.parting_ns = 50 * kMillisecond;  // the server does not move meanwhile
    start();
    const ConnId conn = connect();
    send(*client_, server_->local(), conn, message("first"));
    ASSERT_TRUE(arrive(1));
    send(*client_, server_->local(), conn, message("last"));
    client_->shut_down();
    client_.reset();
    EXPECT_TRUE(arrive(2));
}

INSTANTIATE_TEST_SUITE_P(
    All, ConnectionSuite,
    ::testing::Values(Kind{"un", Protocol::Udp, Sockets::PerCall},
                      Kind{"un_v6", Protocol::Udp, Sockets::PerCall, "::1"}, Kind{"t1", Protocol::Tcp, Sockets::One},
                      Kind{"tn", Protocol::Tcp, Sockets::PerCall},
                      Kind{"tn_v6", Protocol::Tcp, Sockets::PerCall, "::1"}, Kind{"l1", Protocol::Tls, Sockets::One},
                      Kind{"ln", Protocol::Tls, Sockets::PerCall},
                      Kind{"ln_v6", Protocol::Tls, Sockets::PerCall, "::1"}, Kind{"w1", Protocol::Ws, Sockets::One},
                      Kind{"wn", Protocol::Ws, Sockets::PerCall}, Kind{"ws1", Protocol::Wss, Sockets::One},
                      Kind{"wsn", Protocol::Wss, Sockets::PerCall},
                      Kind{"wsn_v6", Protocol::Wss, Sockets::PerCall, "::1"}),
    [](const auto& test) { return test.param.name; });

// ---- a stream, whose other end is held by the test --------------------

class Stream : public Connections {
protected:
    // A peer of the server.
    tcp::socket join() {
        tcp::socket socket(io_);
        const Address& at = server_->local();
        socket.connect({asio::ip::make_address(ip_text(at)), at.port});
        return socket;
    }
    void write(tcp::socket& socket, const std::string& bytes) { asio::write(socket, asio::buffer(bytes)); }
    // The next connection of the client.
    tcp::socket accept() {
        acceptor_.non_blocking(true);
        tcp::socket socket(io_);
        EXPECT_TRUE(until([&] {
            error_code error;
            acceptor_.accept(socket, error);
            return !error;
        }));
        return socket;
    }
    static void reset(tcp::socket& socket) {
        socket.set_option(tcp::socket::linger(true, 0));
        socket.close();
    }

    // From now on nothing reaches it and nothing is acknowledged, as if its machine had lost its power: a socket filter
    // that lets nothing through.
    static void vanish(tcp::socket& socket) {
        sock_filter drop_all{BPF_RET | BPF_K, 0, 0, 0};
        const sock_fprog program{1, &drop_all};
        ASSERT_EQ(setsockopt(socket.native_handle(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
    }

    tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)};
};

TEST_F(Stream, MessagesMayComeInPiecesAndTogether) {
    start_server();
    tcp::socket peer = join();
    const std::string all = message("one", 10) + message("two") + message("three", 300);
    for (const char byte : all.substr(0, 150)) {
        write(peer, std::string(1, byte));
        io_.poll();
    }
    write(peer, all.substr(150));
    ASSERT_TRUE(arrive(3));
    EXPECT_EQ(at_server_[0].bytes + at_server_[1].bytes + at_server_[2].bytes, all);
}

TEST_F(Stream, APingIsAnsweredAndBlanksAreSkipped) {
    start_server();
    tcp::socket peer = join();
    write(peer, "\r\n\r\n" + std::string(4, '\0') + "\r\n" + message("after"));
    ASSERT_TRUE(arrive(1));
    EXPECT_EQ(at_server_[0].bytes, message("after"));
    ASSERT_TRUE(until([&] { return peer.available() >= 2; }));
    std::array<char, 8> answer;
    EXPECT_EQ(std::string(answer.data(), peer.read_some(asio::buffer(answer))), "\r\n");
}

TEST_F(Stream, AMessageThatIsTooLongEndsItsConnectionOnly) {
    start_server();
    tcp::socket peer = join(), other = join();
    write(peer, "INVITE sip:x SIP/2.0\r\nContent-Length: 10485760\r\n\r\n");
    ASSERT_TRUE(until([&] { return !lost_by_server_.empty(); }));
    EXPECT_NE(lost_by_server_[0].why.find("a message of 10485810 bytes, longer than 65536"), std::string::npos)
        << lost_by_server_[0].why;
    EXPECT_FALSE(lost_by_server_[0].ends_run);
    write(other, message("still here"));
    EXPECT_TRUE(arrive(1));
}

TEST_F(Stream, AHeaderWithoutEndIsNotCollectedForEver) {
    start_server();
    tcp::socket peer = join();
    write(peer, "INVITE sip:x SIP/2.0\r\n" + std::string(70000, 'x'));
    ASSERT_TRUE(until([&] { return !lost_by_server_.empty(); }));
    EXPECT_NE(lost_by_server_[0].why.find("a message without end"), std::string::npos) << lost_by_server_[0].why;
}

TEST_F(Stream, AResetWithinAMessageEndsTheCallsOfThatConnection) {
    start_server();
    tcp::socket peer = join();
    write(peer, message("whole") + message("half", 100).substr(0, 60));
    ASSERT_TRUE(arrive(1));
    reset(peer);
    ASSERT_TRUE(until([&] { return !lost_by_server_.empty(); }));
    EXPECT_FALSE(lost_by_server_[0].orderly);
    EXPECT_TRUE(lost_by_server_[0].ends_calls);
    EXPECT_FALSE(lost_by_server_[0].ends_run);  // SIPp would end here
    EXPECT_EQ(lost_by_server_[0].conn, at_server_[0].conn);
    EXPECT_NE(lost_by_server_[0].why.find("Connection reset"), std::string::npos);
    EXPECT_EQ(at_server_.size(), 1u);
}

TEST_F(Stream, APeerThatHasVanishedIsGoneWhenItAcknowledgesNothing) {
    client_config_.peer_timeout_ns = server_config_.peer_timeout_ns = kSecond;
    client_config_.sockets = Sockets::PerCall;
    start();
    const ConnId conn = connect({.family = 4, .port = acceptor_.local_endpoint().port(), .ip = {127, 0, 0, 1}});
    tcp::socket silent = accept();  // has something to acknowledge
    tcp::socket idle = join();      // has not: probes find it out
    write(idle, message("hello"));
    ASSERT_TRUE(arrive(1));
    vanish(silent);
    vanish(idle);
    send(*client_, {}, conn, message("into the dark"));
    ASSERT_TRUE(until([&] { return !lost_by_client_.empty() && !lost_by_server_.empty(); }));
    EXPECT_NE(lost_by_client_[0].why.find("timed out"), std::string::npos) << lost_by_client_[0].why;
    EXPECT_NE(lost_by_server_[0].why.find("timed out"), std::string::npos) << lost_by_server_[0].why;
    EXPECT_FALSE(lost_by_client_[0].orderly);
    EXPECT_TRUE(lost_by_client_[0].ends_calls);
    EXPECT_FALSE(client_->alive(conn));
    connect();
    EXPECT_TRUE(client_->all_sent());
}

TEST_F(Stream, AConnectionThatIsLostIsOpenedAgainAsOftenAsAllowed) {
    client_config_.reconnect = {.most = 1, .ends_calls = true, .sleep_ns = 10 * kMillisecond};
    client_config_.local = *resolve("127.0.0.2", 0);
    start_client();
    const Address at = *resolve("127.0.0.1", acceptor_.local_endpoint().port());
    const ConnId conn = connect(at);
    tcp::socket first = accept();
    EXPECT_EQ(first.remote_endpoint().address().to_string(), "127.0.0.2");
    reset(first);
    ASSERT_TRUE(until([&] { return !lost_by_client_.empty(); }));
    EXPECT_TRUE(lost_by_client_[0].ends_calls);
    EXPECT_FALSE(lost_by_client_[0].ends_run);
    EXPECT_EQ(client_->reconnections(), 1u);
    EXPECT_EQ(connect(at), conn);
    send(*client_, at, conn, message("again"));  // waits for the connection
    tcp::socket second = accept();
    EXPECT_EQ(second.remote_endpoint().address().to_string(), "127.0.0.2");
    std::string got(message("again").size(), ' ');
    ASSERT_TRUE(until([&] { return second.available() >= got.size(); }));
    second.read_some(asio::buffer(got));
    EXPECT_EQ(got, message("again"));
    reset(second);
    ASSERT_TRUE(until([&] { return lost_by_client_.size() == 2; }));
    EXPECT_TRUE(lost_by_client_[1].ends_run);
}

TEST_F(Stream, CallsMayOutliveTheirConnection) {
    client_config_.reconnect = {.most = -1, .ends_calls = false, .sleep_ns = 10 * kMillisecond};
    start_client();
    Address at = client_config_.local;
    at.port = acceptor_.local_endpoint().port();
    const ConnId conn = connect(at);
    tcp::socket first = accept();
    first.close();
    ASSERT_TRUE(until([&] { return !lost_by_client_.empty(); }));
    EXPECT_FALSE(lost_by_client_[0].ends_calls);
    EXPECT_TRUE(client_->alive(conn));
    send(*client_, at, conn, message("goes on"));
    tcp::socket second = accept();
    EXPECT_TRUE(until([&] { return second.available() == message("goes on").size(); }));
}

TEST_F(Stream, APeerThatTakesNothingCongestsItsConnection) {
    start_server();
    tcp::socket peer = join();
    peer.set_option(tcp::socket::receive_buffer_size(4096));
    write(peer, message("hello"));
    ASSERT_TRUE(arrive(1));
    const ConnId conn = at_server_[0].conn;
    const std::string text = message("unread", 60000);
    SendResult last;
    ASSERT_TRUE(until([&] {
        last = send(*server_, at_server_[0].from, conn, text);
        return !server_->has_room(conn);
    }));
    EXPECT_EQ(last.congested, 1u);
    EXPECT_FALSE(server_->all_sent());
    EXPECT_GT(server_->congested_ns(conn, 1000), 0u);
    EXPECT_EQ(send(*server_, at_server_[0].from, conn, text).errors, 1u);
    reset(peer);
    EXPECT_TRUE(until([&] { return server_->all_sent(); }));
}

// ---- TLS --------------------

class Tls : public Connections {
protected:
    Tls() : Connections(Protocol::Tls) { client_config_.sockets = Sockets::PerCall; }
    void use(TransportConfig& config, const std::string& name) {
        config.tls.certificate = tls_file(name + ".pem");
        config.tls.key = tls_file(name + ".key");
    }
    bool exchange() {
        const size_t before = at_server_.size();
        send(*client_, server_->local(), connect(), message("x"));
        return until([&] {
                   return at_server_.size() > before || !lost_by_client_.empty() || !lost_by_server_.empty();
               }) &&
               at_server_.size() > before;
    }
    std::string error_of(const TransportConfig& config) {
        auto opened = open_transport(protocol_, config, io_);
        return opened.ok() ? "" : opened.error().text;
    }
};

TEST_F(Tls, AHandshakeThatNeverEndsIsGivenUp) {
    server_config_.opening_ns = 50 * kMillisecond;
    start_server();
    tcp::socket peer(io_);
    peer.connect({asio::ip::make_address("127.0.0.1"), server_->local().port});
    ASSERT_TRUE(until([&] { return !lost_by_server_.empty(); }));
    EXPECT_NE(lost_by_server_[0].why.find("not open in time"), std::string::npos);
    start_client();
    EXPECT_TRUE(until([&] {
        if (at_server_.empty() && lost_by_client_.empty()) send(*client_, server_->local(), connect(), message("x"));
        return !at_server_.empty();
    }));
}

TEST_F(Tls, WhoDoesNotSpeakItIsToldOff) {
    start_server();
    tcp::socket peer(io_);
    peer.connect({asio::ip::make_address("127.0.0.1"), server_->local().port});
    asio::write(peer, asio::buffer(message("plain")));
    ASSERT_TRUE(until([&] { return !lost_by_server_.empty(); }));
    EXPECT_TRUE(at_server_.empty());
    EXPECT_FALSE(lost_by_server_[0].ends_run);
}

TEST_F(Tls, PeersAreVerifiedWithAnAuthority) {
    client_config_.tls.ca = tls_file("ca.pem");
    start();
    EXPECT_TRUE(exchange());
}

TEST_F(Tls, AStrangersCertificateIsRefused) {
    use(server_config_, "other");
    client_config_.tls.ca = tls_file("ca.pem");
    start();
    EXPECT_FALSE(exchange());
    ASSERT_TRUE(until([&] { return !lost_by_client_.empty(); }));
    EXPECT_TRUE(lost_by_client_[0].refused);
    EXPECT_NE(lost_by_client_[0].why.find("the certificate of the peer: self"), std::string::npos)
        << lost_by_client_[0].why;
}

TEST_F(Tls, ARevokedCertificateIsRefused) {
    use(server_config_, "revoked");
    client_config_.tls.ca = tls_file("ca.pem");
    client_config_.tls.crl = tls_file("ca.crl");
    start();
    EXPECT_FALSE(exchange());
    ASSERT_TRUE(until([&] { return !lost_by_client_.empty(); }));
    EXPECT_NE(lost_by_client_[0].why.find("revoked"), std::string::npos) << lost_by_client_[0].why;
}

TEST_F(Tls, SkipVerifyTakesAnybody) {
    use(server_config_, "other");
    client_config_.tls.ca = tls_file("ca.pem");
    client_config_.tls.skip_verify = true;
    start();
    EXPECT_TRUE(exchange());
}

TEST_F(Tls, AServerWithAnAuthorityWantsACertificate) {
    server_config_.tls.ca = tls_file("ca.pem");
    start();
    EXPECT_FALSE(exchange());
    ASSERT_TRUE(until([&] { return !lost_by_client_.empty() && !lost_by_server_.empty(); }));
    EXPECT_NE(lost_by_server_[0].why.find("did not return a certificate"), std::string::npos) << lost_by_server_[0].why;
    EXPECT_NE(lost_by_client_[0].why.find("certificate required"), std::string::npos) << lost_by_client_[0].why;
    client_.reset();
    lost_by_client_.clear();
    lost_by_server_.clear();
    use(client_config_, "peer");
    start_client();
    EXPECT_TRUE(exchange());
}

TEST_F(Tls, EachVersionAloneWorks) {
    for (const char* version : {"1.2", "1.3"}) {
        server_config_.tls.version = client_config_.tls.version = version;
        start();
        EXPECT_TRUE(exchange()) << version;
        client_.reset();
        server_.reset();
    }
    server_config_.tls.version = "1.2";
    start();
    EXPECT_FALSE(exchange());
}

TEST_F(Tls, SessionsAreResumedUnlessTurnedOff) {
    for (const bool resumes : {true, false}) {
        const std::string log = ::testing::TempDir() + "keys_" + std::to_string(resumes);
        std::remove(log.c_str());
        server_config_.tls.version = client_config_.tls.version = "1.2";
        client_config_.tls.resumes = server_config_.tls.resumes = resumes;
        client_config_.tls.key_log = log;
        start();
        for (int i = 0; i < 2; ++i) EXPECT_TRUE(exchange());
        client_.reset();
        server_.reset();
        // TLS 1.2: a resumed session has the master secret of the first.
        std::FILE* file = std::fopen(log.c_str(), "r");
        ASSERT_TRUE(file);
        std::array<char, 512> line;
        std::vector<std::string> secrets;
        while (std::fgets(line.data(), line.size(), file)) {
            const std::string text = line.data();
            secrets.push_back(text.substr(text.rfind(' ')));
        }
        std::fclose(file);
        ASSERT_EQ(secrets.size(), 2u);
        EXPECT_EQ(secrets[0] == secrets[1], resumes);
        std::remove(log.c_str());
    }
}

TEST_F(Tls, FilesThatAreMissingOrWrongAreNamed) {
    TransportConfig config = server_config_;
    config.tls.certificate = "/no/such.pem";
    EXPECT_EQ(error_of(config), "-tls_cert: cannot read '/no/such.pem': No such file or directory");
    config.tls.certificate = tls_file("README.md");
    EXPECT_NE(error_of(config).find("-tls_cert '" + tls_file("README.md") + "': "), std::string::npos);
    config.tls.certificate = tls_file("other.pem");
    EXPECT_NE(error_of(config).find("-tls_key '"), std::string::npos) << error_of(config);
    config = server_config_;
    config.tls.ca = "/no/ca.pem";
    EXPECT_EQ(error_of(config), "-tls_ca: cannot read '/no/ca.pem': No such file or directory");
    config = server_config_;
    config.tls.ciphers = "NONSENSE";
    EXPECT_NE(error_of(config).find("-tls_ciphers 'NONSENSE'"), std::string::npos) << error_of(config);
}

TEST_F(Tls, AClientNeedsNoCertificateAServerDoes) {
    client_config_.tls = {};
    EXPECT_EQ(error_of(client_config_), "");
    server_config_.tls = {};
    EXPECT_EQ(error_of(server_config_), "-tls_cert: cannot read 'cacert.pem': No such file or directory");
}

}  // namespace
}  // namespace gsp::rt
