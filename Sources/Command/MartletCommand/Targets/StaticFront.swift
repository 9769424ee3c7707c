import MartletGateway
import MartletWSGI
import NIOCore

/// A Python application whose static folders the server answers for.
struct StaticFront: RunningTarget, DirectApplication {
    private let application: PythonApplication
    private let folders: StaticFolderTable

    init(_ application: PythonApplication, _ folders: StaticFolderTable) {
        self.application = application
        self.folders = folders
    }

    func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    func begin(_ request: Request, for exchange: any Exchange) {
        if !folders.begin(request, for: exchange) { application.begin(request, for: exchange) }
    }

    func reload() async throws {
        try await application.reload()
        await folders.settle()
    }

    func reloadAndLog() async -> Bool {
        let isReloaded = await application.reloadAndLog()
        await folders.settle()
        return isReloaded
    }

    var problem: String? { application.problem }
    var facts: [(title: String, text: String)] { folders.facts().map { ("Static", $0) } }
    func facts(at mount: MountPath, beside paths: [MountPath]) -> [(title: String, text: String)] {
        folders.facts { folder in paths.contains { $0 == folder.path(at: mount) } }.map { ("Static", $0) }
    }
    func status() async -> TargetStatus? { await application.status() }

    func stop(grace: Duration) async {
        await application.stop(grace: grace)
        folders.end()
    }

    func kill() { application.kill() }
}
