import FoundationEssentials
import Glibc
import Testing

@testable import MartletACME

/// A folder that is there for a test.
final class TemporaryState {
    let path: String
    var folder: StateFolder { StateFolder(path + "/state") }

    init() {
        var template = Array("/tmp/martlet-acme-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? ""
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct StateFolderTests {
    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func filesAreForOneUserAlone() throws {
        let state = TemporaryState()
        let folder = state.folder.folder("a/b")
        try folder.write([1, 2, 3], to: "c")
        #expect(folder.read("c") == [1, 2, 3])
        #expect(try mode(folder.path + "/c") == 0o600)
        #expect(try mode(folder.path) == 0o700)
        #expect(try mode(state.folder.path) == 0o700)
        try folder.write([4], to: "c")
        #expect(folder.read("c") == [4])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["c"])
        folder.remove("c")
        #expect(folder.read("c") == nil)
    }

    @Test func whatIsInTheWayIsSaid() throws {
        let state = TemporaryState()
        try StateFolder(state.path).write([], to: "state")
        #expect {
            try state.folder.folder("x").write([], to: "y")
        } throws: { "\($0)" == "the folder \(state.path)/state/x cannot be made: Not a directory" }
    }

    @Test func aLockIsHadByOne() throws {
        let state = TemporaryState()
        var first = try FileLock.take("a", in: state.folder)
        #expect(first != nil)
        #expect(try FileLock.take("a", in: state.folder) == nil)
        #expect(try FileLock.take("b", in: state.folder) != nil)
        first = nil
        #expect(try FileLock.take("a", in: state.folder) != nil)
    }

    /// One file for the same names, whatever their order; another one for others.
    @Test func certificatesHaveAFileForTheirNames() throws {
        let state = TemporaryState()
        let pair = try OwnCertificate.placeholder(for: ["a.test", "b.test"])
        try CertificateFile(for: ["a.test", "b.test", "c.test"], in: state.folder).write(pair)
        #expect(CertificateFile(for: ["a.test", "c.test", "b.test"], in: state.folder).read() == pair)
        #expect(CertificateFile(for: ["a.test", "b.test"], in: state.folder).read() == nil)
        #expect(CertificateFile(for: ["a.test"], in: state.folder).read() == nil)
        #expect(throws: Never.self) { try IssuedCertificate(pair, for: ["a.test"]) }
        #expect(throws: IssuedCertificate.Fault.self) { try IssuedCertificate(pair, for: ["c.test"]) }
        let other = CertificatePair(chain: pair.chain, key: try OwnCertificate.placeholder(for: []).key)
        #expect(throws: IssuedCertificate.Fault.self) { try IssuedCertificate(other, for: ["a.test"]) }
    }

    @Test(arguments: [
        ("https://acme-v02.api.letsencrypt.org/directory", "acme-v02.api.letsencrypt.org-directory"),
        ("https://localhost:14000/dir", "localhost-14000-dir"), ("https://../../x", "x"), ("https:///", "directory"),
    ])
    func aFolderForEachAuthority(url: String, name: String) {
        #expect(CertificateKeeper.name(of: url) == name)
    }
}
