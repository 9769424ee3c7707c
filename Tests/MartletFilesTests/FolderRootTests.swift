import Glibc
import MartletFolders
import Testing

@testable import MartletFiles

/// A folder with a canary beside it, which nothing may reach; with the kernel's help and without it.
@Suite struct FolderRootTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        folder.write("canary", "canary")
        folder.makeFolder("outside")
        folder.write("outside/canary", "canary")
        folder.makeFolder("root")
        folder.makeFolder("root/sub")
        folder.write("root/a.txt", "a")
        folder.write("root/sub/b.txt", "b")
        folder.link("root/inside", to: "a.txt")
        folder.link("root/sub/up", to: "../a.txt")
        folder.link("root/out", to: "../canary")
        folder.link("root/outfolder", to: "../outside")
        folder.link("root/absolute", to: folder.path + "/canary")
        folder.link("root/absolutefolder", to: folder.path + "/outside")
        folder.link("root/absoluteinside", to: folder.path + "/root/a.txt")
        folder.link("root/sub/absolutesub", to: folder.path + "/root/sub")
        folder.link("root/throughoutside", to: "../root/a.txt")
        folder.link("root/twice", to: folder.path + "/root/absolute")
        folder.link("root/sub/far", to: "../../canary")
        folder.link("root/circle", to: "circle")
        folder.link("root/self", to: "/proc/self/root/etc/passwd")
        folder.link("root/dangling", to: "nothing")
        mkfifo(folder.path + "/root/fifo", 0o644)
    }

    @Test(arguments: [true, false])
    func links(usesKernel: Bool) throws {
        let root = try FolderRoot(folder.path + "/root", symlinks: .inside, usesKernel: usesKernel)
        let names = [
            "a.txt", "sub/b.txt", "inside", "sub/up", "sub", "", "absoluteinside", "sub/absolutesub/b.txt",
            "throughoutside",
        ]
        for name in names {
            let facts = try FileFacts(of: try root.open(Array(name.utf8)))
            #expect(facts.kind == (["sub", ""].contains(name) ? .folder : .file))
        }
        for name in [
            "out", "outfolder", "outfolder/canary", "absolute", "absolutefolder/canary", "twice", "sub/far", "circle",
            "self", "dangling", "../canary",
            "sub/../../canary", "/etc/passwd", "nothing", "a.txt/x", String(repeating: "x", count: 300),
        ] {
            let isMissing = Self.isMissing(name, in: root)
            #expect(isMissing, "\(name)")
        }
    }

    @Test func allLinksCanBeFollowed() throws {
        let root = try FolderRoot(folder.path + "/root", symlinks: .all)
        for name in ["out", "outfolder/canary", "absolute", "sub/far"] { _ = try root.open(Array(name.utf8)) }
        let isMissing = Self.isMissing("circle", in: root)
        #expect(isMissing)
    }

    @Test func aPipeMakesNobodyWait() throws {
        let root = try FolderRoot(folder.path + "/root", symlinks: .inside)
        let facts = try FileFacts(of: try root.open(Array("fifo".utf8)))
        #expect(facts.kind == .other)
    }

    @Test func aFolderThatIsMissingSaysSo() {
        #expect(FileApplication.problem(with: folder.path + "/nothing") == "No such file or directory")
        #expect(FileApplication.problem(with: folder.path + "/canary") == "Not a directory")
        #expect(FileApplication.problem(with: folder.path) == nil)
    }

    private static func isMissing(_ name: String, in root: borrowing FolderRoot) -> Bool {
        do {
            _ = try root.open(Array(name.utf8))
            return false
        } catch {
            return error.isMissing
        }
    }
}
