import MartletCGI
import NIOCore
import Testing

struct EnvironmentTests {
    private static func pairs(_ entries: [String]) throws -> [String] {
        try CGIVariables(environment: entries.map { Array($0.utf8) }).pairs.map { "\($0.name)=\($0.value)" }
    }

    @Test func onlyVariablesOfARequestAreTaken() throws {
        let taken = try Self.pairs([
            "PATH=/bin", "REQUEST_METHOD=POST", "HTTP_HOST=a=b", "CONTENT_LENGTH=5", "HOME=/root", "SCGI=2", "novalue",
            "HTTPS=on",
        ])
        #expect(taken == ["CONTENT_LENGTH=5", "SCGI=1", "REQUEST_METHOD=POST", "HTTP_HOST=a=b", "HTTPS=on"])
    }

    @Test(arguments: [
        (["REQUEST_METHOD=GET"], ""),
        (["HTTP_TRANSFER_ENCODING=Chunked"], "-1"),
        (["HTTP_TRANSFER_ENCODING=chunked", "CONTENT_LENGTH=7"], "7"),
        (["HTTP_TRANSFER_ENCODING=gzip"], ""),
    ])
    func theLengthComesFirst(_ entries: [String], _ length: String) throws {
        #expect(try Self.pairs(entries).first == "CONTENT_LENGTH=\(length)")
    }

    @Test func theyAreReadAsTheyWereWritten() throws {
        let variables = try CGIVariables(environment: ["REQUEST_METHOD=GET", "PATH_INFO=/a"].map { Array($0.utf8) })
        var bytes = ByteBuffer()
        try SCGIHeaders.write(variables, into: &bytes)
        #expect(try SCGIHeaders.read(&bytes, limits: .init())?["PATH_INFO"] == "/a")
    }
}
