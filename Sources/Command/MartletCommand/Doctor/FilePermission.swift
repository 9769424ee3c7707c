/// Whether a user may do with a file what is done with it: by its mode and those of the folders that lead to it.
///
/// Access control lists and read-only file systems are left out: who has these knows of them.
enum FilePermission {
    static func judge(_ files: [MachineFacts.NamedFile]) -> [Verdict] {
        let verdicts = files.map(judge)
        guard verdicts.contains(where: { $0.state != .ok }) else {
            return files.isEmpty
                ? [] : [.ok("all \(files.count) files and folders that the configuration names can be used")]
        }
        return verdicts.filter { $0.state != .ok }
    }

    private static func judge(_ file: MachineFacts.NamedFile) -> Verdict {
        let name = "\(file.purpose) \(file.path)"
        guard let nodes = file.nodes, let last = nodes.last else {
            return .fault("\(name) is not there", "make it, or name another one")
        }
        let who = "user \(file.identity.name)"
        for folder in nodes.dropLast() where !allows(folder, 0o1, file.identity) {
            return .fault("\(name): \(who) may not enter \(folder.path)", "chmod o+x \(folder.path), or move it")
        }
        switch file.use {
        case .read where !allows(last, 0o4, file.identity), .readSecret where !allows(last, 0o4, file.identity):
            return .fault("\(name): \(who) may not read it", "give it to a group of that user: chgrp, and chmod g+r")
        case .enter where !allows(last, 0o5, file.identity):
            return .fault("\(name): \(who) may not look into it", "chmod o+rx \(file.path)")
        case .write where !allows(last, 0o2, file.identity):
            return .fault("\(name): \(who) may not write there", "chown \(file.identity.name) \(last.path)")
        case .readSecret where last.mode & 0o004 != 0:
            return .hint("\(name) can be read by every user of this machine", "chmod o= \(file.path)")
        case .read, .readSecret, .enter, .write: return .ok(name)
        }
    }

    /// - Parameter bits: of one class of users: 4 to read, 2 to write, 1 to enter.
    private static func allows(_ node: MachineFacts.Node, _ bits: UInt32, _ identity: MachineFacts.Identity) -> Bool {
        if identity.user == 0 { return true }
        let shift: UInt32 = node.owner == identity.user ? 6 : identity.groups.contains(node.group) ? 3 : 0
        return node.mode >> shift & bits == bits
    }
}
