import FoundationEssentials
import Hummingbird

/// The context with one JSON encoder for all requests, which costs less than the default of one for each, and with the
/// decoder of forms.
struct PeerContext: RequestContext {
    private static let encoder = JSONEncoder()

    var coreContext: CoreRequestContextStorage

    init(source: Source) { coreContext = .init(source: source) }

    var requestDecoder: URLEncodedFormDecoder { URLEncodedFormDecoder() }
    var responseEncoder: JSONEncoder { Self.encoder }
}
