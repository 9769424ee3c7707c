import MartletBytes
import Testing

@Suite struct LibraryWordsTests {
    @Test(arguments: [
        (
            "handshakeFailed(NIOSSL.BoringSSLError.sslError([Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER]))",
            "wrong version number"
        ),
        (
            "a:OPENSSL_internal:NO_START_LINE at x:1, b:OPENSSL_internal:PEM_LIB, c:OPENSSL_internal:PEM_LIB",
            "no start line, pem lib"
        ),
        ("failedToLoadCertificate", "failed to load certificate"),
        ("NIOSSLError.uncleanShutdown", "unclean shutdown"),
        ("unableToAllocateBoringSSLObject(x)", "unable to allocate boring ssl object"),
        (
            "NIOSSLExtraError.failedToValidateHostname: Couldn't find a.test in certificate from peer",
            "failed to validate hostname: Couldn't find a.test in certificate from peer"
        ),
        ("it closed the connection", "it closed the connection"),
        ("", ""),
        ("OPENSSL_internal:", "OPENSSL_internal:"),
    ])
    func isReadable(error: String, words: String) { #expect(LibraryWords.text(error) == words) }
}
