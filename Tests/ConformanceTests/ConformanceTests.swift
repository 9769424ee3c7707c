import MartletGateway
import MartletTesting
import Testing

/// Every case of the table against every pair of server and application.
///
/// A pair is one line in ``pairs``; the table itself is `ConformanceCase.table` in MartletTesting.
@Suite struct ConformanceTests {
    /// A server with an application behind it.
    struct Pair: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let target: any ConformanceTarget
    }

    static let pairs: [Pair] = [
        Pair(testDescription: "in memory × Swift", target: TestClient(referenceApp())),
        Pair(
            testDescription: "in memory × Swift, with Lint on both sides",
            target: TestClient(referenceApp().wrapped(in: tolerantLint))
        ),
        // HTTP/1.1 × Swift: SocketTarget(host:port:) on a Server that serves referenceApp().
        // in memory × raw WSGI, Flask: TestClient of PythonApplication.start for Tests/Conformance/raw.py, flask_app.py.
        // HTTP/1.1 × raw WSGI, Flask: SocketTarget on a Server that serves those.
    ]

    @Test("Conformance", arguments: pairs, ConformanceCase.table)
    func conformance(_ pair: Pair, _ row: ConformanceCase) async {
        let faults = await row.check(pair.target)
        #expect(faults.isEmpty, "\(pair.testDescription): \(row): \(faults.joined(separator: " "))")
    }
}
