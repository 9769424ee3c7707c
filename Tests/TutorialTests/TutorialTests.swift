import Foundation
import HTTPTypes
import Martlet
import MartletTesting
import Synchronization
import Testing

/// What the first pages of the tutorial show does what they say.
@Suite struct TutorialTests {
    @Test("A page from a template")
    func templates() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tutorial-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("<h1>{{ url_for('index') }}</h1>".utf8).write(to: URL(filePath: folder + "/index.html"))
        try await TestClient(withTemplates(in: folder)).get("/").expect(.ok, body: "<h1>/</h1>")
    }

    @Test("A token for programs")
    func tokens() async throws {
        let client = TestClient(withTokens("a long secret"))
        try await client.get("/api/count").expect(.unauthorized)
        try await client.get("/api/count", headers: [(.authorization, "Bearer a long secret")]).expect(.badRequest)
        let good = TestClient(withTokens("along-secret"))
        try await good.get("/api/count", headers: [(.authorization, "Bearer along-secret")]).expect(.ok, body: "0")
    }

    @Test("A sweep at the start, and beside the requests")
    func background() async throws {
        let count = Mutex(0)
        try await withBackground { count.withLock { $0 += 1 } }.withLifetime {}
        #expect(count.withLock { $0 } == 1)
    }
}
