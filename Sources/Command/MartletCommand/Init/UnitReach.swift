import MartletSettings

/// Whether the user of a unit gets to the site and to Martlet.
enum UnitReach {
    /// What to know; nil where it does.
    ///
    /// - Parameters:
    ///   - paths: from the root, without links.
    ///   - mode: of a folder; nil where it cannot be seen.
    static func problem(_ user: ServiceUnit.User, _ paths: [String], mode: (String) -> UInt32?) -> String? {
        guard user == .made else { return nil }
        if let path = paths.first(where: isTemporary) {
            return
                "The unit will not find \(path): a user that systemd makes (DynamicUser=yes) has a /tmp of its own. Move it, to /srv or /opt."
        }
        for path in paths {
            guard let folder = closed(on: path, mode) else { continue }
            return
                "The unit will not get to \(path): a user that systemd makes (DynamicUser=yes) may not enter \(folder). "
                + "Move it, to /srv or /opt; or give the site to a user that may, and write User= into the unit."
        }
        return nil
    }

    /// The folders whose owner the unit may run as, the first that is not root's: that of the site, and the home that it is in.
    static func owned(_ folder: String) -> [String] {
        let parts = folder.split(separator: "/").map(String.init)
        return [folder] + (parts.count > 2 && parts[0] == "home" ? ["/home/\(parts[1])"] : [])
    }

    static func isTemporary(_ path: String) -> Bool { path.hasPrefix("/tmp/") || path.hasPrefix("/var/tmp/") }

    /// The first of the folders on the way that others may not enter. The last part may be a program.
    private static func closed(on path: String, _ mode: (String) -> UInt32?) -> String? {
        var place = ""
        for part in path.split(separator: "/") {
            place += "/\(part)"
            if let mode = mode(place), mode & 0o001 == 0 { return place }
        }
        return nil
    }
}
