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
            testDescription: "in memory × Swift in Lint",
            target: TestClient(referenceApp().wrapped(in: tolerantLint))
        ),
        Pair(testDescription: "HTTP/1.1 × Swift", target: LiveServer { referenceApp() }),
        Pair(
            testDescription: "HTTP/1.1 × Swift in Lint",
            target: LiveServer { referenceApp().wrapped(in: tolerantLint) }
        ),
        // × raw WSGI and × Flask: the same two targets, on PythonApplication.start(…) of Tests/Conformance/raw.py
        // (`raw:application`) and flask_app.py (`flask_app:app`).
    ]

    @Test("Conformance", arguments: pairs, ConformanceCase.table)
    func conformance(_ pair: Pair, _ row: ConformanceCase) async {
        let faults = await row.check(pair.target)
        #expect(faults.isEmpty, "\(pair.testDescription): \(row): \(faults.joined(separator: " "))")
    }
}
