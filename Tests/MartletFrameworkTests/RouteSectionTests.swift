import HTTPTypes
import MartletGateway
import MartletTesting
import Testing

@testable import MartletFramework

@Suite struct RouteSectionTests {
    private static let record: RouteRecord = (
        DecoratedRoute.magic, DecoratedRoute.version,
        {
            DecoratedRoute(
                "/<int:id>",
                methods: [.get],
                name: .function("show"),
                file: "Shop/App.swift",
                line: 3,
                types: Int.self,
                direct: { request, values in
                    try DecoratedRoute.answer(values.require("id", as: Int.self), to: request)
                }
            ).write(to: $0)
        }
    )

    private static func patterns(_ records: [RouteRecord]) -> [String] {
        records.withUnsafeBytes { RouteSection.routes(in: $0).map(\.pattern) }
    }

    @Test("Records that are of this framework are read, one after the other")
    func records() {
        var foreign = Self.record
        foreign.magic = 7
        var newer = Self.record
        newer.version += 1
        #expect(MemoryLayout<RouteRecord>.stride == 16)
        #expect(Self.patterns([Self.record, foreign, newer, Self.record]) == ["/<int:id>", "/<int:id>"])
        #expect(Self.patterns([]) == [])
        #expect(RouteSection.routes(in: UnsafeRawBufferPointer(start: nil, count: 0)).isEmpty)
    }

    @Test("A program without decorators has no section, and starts")
    func none() async throws {
        let app = App()
        app.get("/") { "here" }
        try await TestClient(app).get("/").expect(.ok, body: "here")
        #expect(!App.decoratedModules.contains("MartletFrameworkTests"))
    }
}
