import Glibc
package import Logging
import MartletBytes
package import MartletGateway
import Synchronization

extension CertificateStore {
    /// Reads everything that a server needs from its start on.
    ///
    /// - Throws: ``TLSFailure`` with all that is wrong.
    func load(_ settings: TLSSettings, logger: Logger) throws(TLSFailure) {
        var faults: [(site: String?, fault: TLSFault)] = []
        var entries: [Entry] = []
        for settings in settings.sites {
            var entry = Entry(settings: settings)
            do throws(TLSFault) {
                entry.site = try site(for: settings)
            } catch {
                faults.append((settings.title, error))
            }
            entries.append(entry)
        }
        if !faults.isEmpty { throw TLSFailure(faults) }
        for entry in entries { entry.warn(logger) }
        take(entries)
    }

    /// Nil while there is no certificate.
    private func site(for settings: TLSSite) throws(TLSFault) -> SecureSite? {
        if settings.certificate != nil { return try SecureSite(reading: settings, in: self) }
        guard let pair = table.withLock({ $0.given[settings.names] }) else { return nil }
        return try SecureSite(settings, pair, in: self)
    }

    /// What was put in for sites that are no more is forgotten.
    private func take(_ entries: [Entry]) {
        let names = Set(entries.filter { $0.settings.certificate == nil }.map(\.settings.names))
        change { table in
            let (challenges, given) = (table.challenges, table.given)
            table = Table(entries)
            table.challenges = challenges
            table.given = given.filter { names.contains($0.key) }
        }
    }

    /// What is wrong with what a site encrypts with, or will not do; nil if nothing is.
    package static func fault(in settings: TLSSite) -> TLSFault? {
        guard settings.certificate != nil || settings.key != nil else {
            return settings.clientAuthority.flatMap { fault(inAuthority: $0, .clientAuthority) }
        }
        do throws(TLSFault) {
            return try SecureSite(reading: settings, in: CertificateStore()).concern
        } catch {
            return error
        }
    }

    /// Those names that what a site encrypts with is not for.
    package static func names(_ names: [HostName], missingIn settings: TLSSite) -> [HostName] {
        guard let path = settings.certificate else { return names }
        // What is wrong with the file is said elsewhere.
        guard let leaf = try? CertificateFiles.chain(path, .certificate).first else { return [] }
        let own = CertificateNames(leaf)
        return names.filter { !own.cover($0) }
    }

    /// What is wrong with a file of certificates that vouch for others; nil if nothing is.
    package static func fault(inAuthority path: String, _ subject: TLSFault.Subject) -> TLSFault? {
        do throws(TLSFault) {
            _ = try CertificateFiles.chain(path, subject)
            return nil
        } catch {
            return error
        }
    }

    /// Takes up other settings. What cannot be read is logged; a site that was there goes on with what it had.
    package func replace(_ settings: TLSSettings, logger: Logger) {
        let old = table.withLock { $0.entries }
        let entries = settings.sites.map { settings in
            let known = old.first { $0.settings == settings }
            var entry = known ?? Entry(settings: settings)
            if known == nil { entry.site = old.first { $0.settings.names == settings.names }?.site }
            reread(&entry, logger, isNew: known == nil)
            entry.warn(logger)
            return entry
        }
        take(entries)
    }

    /// Looks whether files have changed, and takes up those that have. Reads files: not on an event loop.
    package func refresh(logger: Logger) {
        for index in 0..<table.withLock({ $0.entries.count }) {
            guard var entry = table.withLock({ $0.entries.indices.contains(index) ? $0.entries[index] : nil }) else {
                return
            }
            let before = (entry.site, entry.refused)
            reread(&entry, logger, isNew: false)
            guard entry.site !== before.0 || entry.refused != before.1 else { continue }
            change { [entry] table in
                // Another reload may have come first.
                guard table.entries.indices.contains(index), table.entries[index].settings == entry.settings else {
                    return
                }
                table.entries[index] = entry
            }
        }
    }

    private func reread(_ entry: inout Entry, _ logger: Logger, isNew: Bool) {
        guard isNew || !entry.settings.files.isEmpty else { return }
        let stamp = FileStamp(entry.settings.files)
        guard isNew || stamp != entry.site?.stamp && stamp != entry.refused else { return }
        let name = entry.settings.title ?? "every name"
        do throws(TLSFault) {
            let next = try site(for: entry.settings) ?? entry.site
            // One that clients refuse is better than none, and worse than one that they take.
            if let concern = next?.concern, let own = entry.site, own.concern == nil { throw concern }
            entry.site = next
            entry.refused = nil
            if !isNew {
                let path = entry.settings.certificate ?? entry.settings.clientAuthority ?? ""
                logger.notice("The certificate of \(name) has been renewed: \(path).")
            }
        } catch {
            entry.refused = stamp
            let reason = Sentence.ended("\(error)")
            logger.error("The new certificate of \(name) is refused, and the former one kept: \(reason)")
        }
    }
}

extension CertificateStore.Entry {
    /// Tells what clients will not take, so that somebody sees to it.
    fileprivate func warn(_ logger: Logger) {
        guard let concern = site?.concern else { return }
        logger.warning("The certificate of \(settings.title ?? "every name") is used, but \(concern).")
    }
}

extension CertificateStore {
    /// Whether a certificate can be used now and for a while, and is for these names.
    package static func isGood(_ settings: TLSSite, for time: Duration, names: [String]) -> Bool {
        guard let site = try? SecureSite(reading: settings, in: CertificateStore()) else { return false }
        let isCovered = names.allSatisfy { name in Array(name.utf8).withUnsafeBytes { site.names.cover($0) } }
        return isCovered && site.concern == nil && site.expires > Glibc.time(nil) + Int(time.components.seconds)
    }
}
