public import MartletGateway
internal import Synchronization

/// What an app keeps for as long as it lives: a pool of connections, a client, a cache. Keys are types, as in `RequestStorage`:
///
///     enum Database: RequestStorage.Key { typealias Value = DatabasePool }
///
///     app.onStart { app.storage[Database.self] = try DatabasePool(path: "blog.db") }
///     app.get("/") { request in try await request.appStorage.require(Database.self).read { … } }
public final class AppStorage: Sendable {
    private let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

    init() {}

    /// A value; nil if there is none. May be read and set from any thread, at any time.
    public subscript<K: RequestStorage.Key>(key: K.Type) -> K.Value? {
        get { values.withLock { $0[ObjectIdentifier(key)] } as? K.Value }
        set { values.withLock { $0[ObjectIdentifier(key)] = newValue } }
    }

    /// A value that has to be there.
    ///
    /// - Throws: ``NotInStorage``, which says what to write.
    public func require<K: RequestStorage.Key>(_ key: K.Type) throws -> K.Value {
        guard let value = self[key] else { throw NotInStorage(key: "\(key)", value: "\(K.Value.self)") }
        return value
    }
}

/// A value was asked for that the app does not have.
public struct NotInStorage: Error, Equatable, CustomStringConvertible {
    let key: String
    let value: String

    public var description: String {
        "The app has no \(key). Write app.storage[\(key).self] = … with a \(value), before the app runs or in app.onStart { }; in a test, app.withLifetime { } calls that."
    }
}

extension App {
    /// What the app keeps for as long as it lives.
    public var storage: AppStorage { site.storage }
}

extension Request {
    /// What the app that answers keeps; that of an outer one, if apps are mounted in each other, is not seen.
    public var appStorage: AppStorage { place?.site.storage ?? AppStorage() }
}
