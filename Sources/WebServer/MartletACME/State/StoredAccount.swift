/// The account of a folder at an authority.
struct StoredAccount: Codable, Equatable {
    private static let file = "account.json"

    /// In PEM.
    let key: String
    let url: String
    /// As the authority knows it.
    var email: String?

    static func read(in folder: StateFolder) -> StoredAccount? {
        folder.read(file).flatMap { try? ACMEJSON.decode(as: StoredAccount.self, $0) }
    }

    func write(to folder: StateFolder) throws {
        try folder.write(try ACMEJSON.encode(self), to: Self.file)
    }

    static func remove(from folder: StateFolder) { folder.remove(file) }
}
