internal import MartletForms
internal import MartletGateway
internal import Synchronization

/// The names in the form that a request came with, for the page of development. What was sent is not kept.
final class FormNames: Sendable {
    /// A form may have a thousand.
    private static let most = 50
    private static let longest = 100

    private let state = Mutex<[String]>([])

    func note(_ form: Form) {
        let names = form.values.names + form.files.map { "\($0.name) (a file)" }
        let shown = names.prefix(Self.most).map { String($0.prefix(Self.longest)) }
        state.withLock { $0 = shown }
    }

    var names: [String] { state.withLock { $0 } }

    enum Key: RequestStorage.Key { typealias Value = FormNames }
}
