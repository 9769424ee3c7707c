import Foundation
import NIOCore
import Testing

@testable import MartletServer

/// Every file of Tests/Corpus/proxy-protocol, whole, byte by byte, and with each byte changed.
@Suite struct ProxyHeaderTests {
    struct File: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let outcome: String

        init(_ url: URL) throws {
            testDescription = url.deletingPathExtension().lastPathComponent
            bytes = Array(try Data(contentsOf: url))
            let expectation = url.deletingPathExtension().appendingPathExtension("expect")
            outcome = try String(contentsOf: expectation, encoding: .utf8).trimmingCharacters(in: .newlines)
        }

        static let all: [File] = {
            let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("Corpus/proxy-protocol")
            let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            return (files ?? []).filter { $0.pathExtension == "bytes" }.sorted { $0.path < $1.path }.compactMap {
                try? File($0)
            }
        }()
    }

    /// In the words of the files.
    private func outcome(_ bytes: some Sequence<UInt8>) -> String {
        func text(_ address: SocketAddress) -> String { "\(address.ipAddress ?? ""):\(address.port ?? -1)" }
        return switch ProxyHeader.read(ByteBuffer(bytes: bytes)) {
        case .needsMore: "needsMore"
        case .fault(.missing): "fault missing"
        case .fault(.malformed): "fault malformed"
        case .fault(.tooLong): "fault tooLong"
        case .fault(.checksum): "fault checksum"
        case .header(let header):
            "header \(header.length) "
                + (header.addresses.map { "\(text($0.client)) \(text($0.server))" } ?? "own")
        }
    }

    @Test func corpusIsThere() { #expect(File.all.count >= 60) }

    @Test(arguments: File.all) func isReadAsItWasMeant(file: File) {
        #expect(outcome(file.bytes) == file.outcome)
    }

    /// What is decided stays decided, however the bytes come.
    @Test(arguments: File.all) func everyBeginningNeedsMoreUntilItIsDecided(file: File) {
        let first = (0...file.bytes.count).lazy.map { outcome(file.bytes.prefix($0)) }.first { $0 != "needsMore" }
        #expect(first ?? "needsMore" == file.outcome)
    }

    @Test(arguments: File.all) func noChangeOfAByteTraps(file: File) {
        for index in file.bytes.indices.prefix(300) {
            for value in [0, 1, 0x20, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = file.bytes
                changed[index] = value
                _ = outcome(changed)
            }
        }
    }

    /// Nothing that needs more is longer than the longest header.
    @Test func nothingIsWaitedForWithoutEnd() {
        let line = Array("PROXY TCP4 ".utf8) + [UInt8](repeating: 0x31, count: 96)
        #expect(outcome(line.dropLast()) == "needsMore")
        #expect(outcome(line) == "fault tooLong")
        let binary = ProxyHeader.signature + [0x21, 0x11, 0x0F, 0xF0] + [UInt8](repeating: 0, count: 4079)
        #expect(outcome(binary) == "needsMore")
    }
}
