import Glibc
import MartletControl
import MartletProcesses
import Testing

@testable import MartletWSGI

/// When a pool has folders served that its workers have told of; see ``PoolScript``.
@Suite struct StaticFoldersTests {
    let killed = ExitStatus.signalled(SIGKILL)

    private func told(_ prefix: String) -> StaticFolders {
        var folders = StaticFolders()
        _ = folders.add(.staticFolder(StaticFolderReport(prefix: prefix, folder: "/srv\(prefix)")))
        return folders
    }

    @Test("what all workers have told is served before anybody hears that the pool has started, or was reloaded")
    func folders() {
        var pool = PoolScript(seats: 2)
        _ = pool.after(.start)
        #expect(pool.after(.ready(WorkerID(0, 1), told("/a"))) == [])
        #expect(pool.after(.ready(WorkerID(1, 1), told("/a"))) == ["serve /a", "started"])
        _ = pool.after(.reload(ticket: 1, follows: false))
        #expect(pool.after(.ready(WorkerID(2, 1), told("/b"))) == [])
        let done = pool.after(.ready(WorkerID(3, 1), told("/b")))
        #expect(done.first == "serve /b" && done.last == "1: reloaded")
        // A reload that changes nothing there says nothing of it.
        _ = pool.after(
            .ended(WorkerID(0, 1), killed),
            .settled(WorkerID(0, 1), lost: 0),
            .ended(WorkerID(1, 1), killed),
            .settled(WorkerID(1, 1), lost: 0),
            .reload(ticket: 2, follows: false),
            .ready(WorkerID(0, 2), told("/b"))
        )
        #expect(!pool.after(.ready(WorkerID(1, 2), told("/b"))).contains("serve /b"))
    }

    @Test("workers that do not agree have nothing served, until they do")
    func foldersOfDisagreement() {
        var pool = PoolScript(seats: 2)
        _ = pool.after(.start, .ready(WorkerID(0, 1), told("/a")))
        #expect(
            pool.after(.ready(WorkerID(1, 1), told("/b"))) == [
                "serve its workers do not say the same of them", "started",
            ]
        )
        _ = pool.after(.ended(WorkerID(1, 1), killed))
        _ = pool.after(.settled(WorkerID(1, 1), lost: 0), .due(.restart(WorkerID(1, 1))))
        #expect(pool.after(.ready(WorkerID(1, 2), told("/a"))).isEmpty)
    }

    @Test("while nobody serves, what was told last goes on to count")
    func foldersWithoutWorkers() {
        var pool = PoolScript()
        _ = pool.after(.start, .ready(WorkerID(0, 1), told("/a")))
        pool.pass(.seconds(60))
        #expect(
            pool.after(.ended(WorkerID(0, 1), killed), .settled(WorkerID(0, 1), lost: 0)) == [
                "settle 0.1", "spawn 0.2",
            ]
        )
        #expect(pool.after(.ready(WorkerID(0, 2), told("/c"))) == ["serve /c"])
    }

    @Test("there are no more than a person would write")
    func mostFolders() {
        var folders = StaticFolders()
        func adds(_ report: WorkerReport) -> Bool { folders.add(report) }
        for number in 0..<StaticFolders.mostFolders {
            #expect(adds(.staticFolder(StaticFolderReport(prefix: "/\(number)", folder: "/"))))
        }
        #expect(!adds(.staticFolder(StaticFolderReport(prefix: "/x", folder: "/"))))
        for number in 0..<StaticFolders.mostTypes { #expect(adds(.mediaType(suffix: "\(number)", type: "a/b"))) }
        #expect(!adds(.mediaType(suffix: "x", type: "a/b")))
        #expect(adds(.keepsStatic(reason: "first")))
        #expect(!adds(.keepsStatic(reason: "second")))
        #expect(!adds(.debugged))
    }
}
