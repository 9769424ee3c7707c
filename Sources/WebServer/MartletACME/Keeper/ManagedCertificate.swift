import Logging
import MartletBytes
import MartletGateway

/// One certificate that is kept valid: from the disk, from an authority, renewed in time.
///
/// The rules:
///
/// 1. Whoever serves never waits: until there is a certificate, one that nobody vouches for stands in.
/// 2. What another process has put into the folder is as good as what this one would get.
/// 3. One order for a certificate at a time, over all processes that share the folder. That holds for the authority's limits too.
/// 4. A failure costs nothing but time: the former certificate stays, and it is tried again, ever more rarely.
actor ManagedCertificate {
    /// How many orders may be under way in all processes: 100 sites at a first start should not all be asked for at once.
    private static let lanes: UInt32 = 4
    /// How often it is looked whether another process has put a certificate into the folder, and whether the clock has moved.
    private static let longestSleep = 60

    private struct Failure {
        var count = 0
        var text = ""
        var retryAt = 0
        /// The authority has said when.
        var isAuthoritative = false
    }

    let names: [HostName]
    private let texts: [String]
    private let orderer: Orderer
    private let file: CertificateFile
    private let clock: ACMEClock
    private let logger: Logger

    private var methods: [ChallengeMethod]
    private var current: IssuedCertificate?
    /// What the file had when it was last read or written.
    private var seen: CertificatePair?
    /// When it was got from the authority, if that was while this process runs.
    private var obtained: Int?
    private var renewAt = 0
    /// When the authority is to be asked next when it wants this certificate to be renewed.
    private var lookAt = 0
    private var failure: Failure?
    private var isOrdering = false
    private var sleeper: Task<Void, Never>?

    init(_ names: [HostName], methods: [ChallengeMethod], _ orderer: Orderer, _ logger: Logger) {
        self.names = names
        self.methods = methods
        self.orderer = orderer
        self.logger = logger
        clock = orderer.clock
        texts = names.map { "\($0)" }
        file = CertificateFile(for: texts, in: orderer.folder)
    }

    /// Has the server encrypt with what is there.
    func prepare() {
        guard !takeStored(isNew: false) else { return }
        do { try orderer.user.use(try OwnCertificate.placeholder(for: texts), for: names) } catch {
            logger.error("There is nothing to encrypt with for \(title): \(error)")
        }
    }

    /// Keeps it valid until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            takeStored()
            let now = clock.now()
            if isDue(now) {
                if now >= failure?.retryAt ?? 0 { await order() }
            } else if now >= lookAt {
                await look()
            }
            await sleep()
        }
    }

    /// Somebody hopes that what was wrong is right now. An authority that has said when to come again is not asked before.
    func tryAgain() {
        guard let failure, !failure.isAuthoritative else { return }
        self.failure?.retryAt = 0
        sleeper?.cancel()
    }

    var status: CertificateStatus {
        CertificateStatus(
            names: texts,
            issuer: current?.issuer,
            expiresAt: current?.notAfter,
            renewedAt: current == nil ? nil : renewAt,
            isOrdering: isOrdering,
            lastError: failure?.text,
            triedAgainAt: failure?.retryAt
        )
    }

    private var title: String { texts.joined(separator: ", ") }

    private func isDue(_ now: Int) -> Bool { current == nil || now >= renewAt }

    private func sleep() async {
        let now = clock.now()
        let next = isDue(now) ? failure?.retryAt ?? now : min(renewAt, lookAt)
        let seconds = min(max(next - now, 0), Self.longestSleep)
        guard seconds > 0 else { return await Task.yield() }
        let sleeper = Task { [clock] in _ = try? await clock.sleep(seconds) }
        self.sleeper = sleeper
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
        self.sleeper = nil
    }
}

// MARK: - Certificates

extension ManagedCertificate {
    /// Takes what is in the folder into use, if it is another one.
    ///
    /// - Parameter isNew: it was not there before, so another process has just got it.
    /// - Returns: whether there is one.
    @discardableResult
    private func takeStored(isNew: Bool = true) -> Bool {
        guard let pair = file.read(), pair != seen else { return current != nil }
        seen = pair
        guard let issued = try? IssuedCertificate(pair, for: texts) else { return current != nil }
        do { try take(issued, obtained: isNew ? clock.now() : nil) } catch {
            logger.error("The certificate for \(title) in \(orderer.folder.path) is of no use: \(error)")
        }
        return current != nil
    }

    private func take(_ issued: IssuedCertificate, obtained: Int?) throws {
        try orderer.user.use(issued.pair, for: names)
        current = issued
        failure = nil
        self.obtained = obtained
        renewAt = RenewalTime.usual(from: issued.notBefore, to: issued.notAfter, obtained: obtained)
        lookAt = 0
    }

    /// Gets a certificate, unless another process does.
    private func order() async {
        isOrdering = true
        defer { isOrdering = false }
        do {
            let lane = "orders-\(NameMark.of(texts) % Self.lanes)"
            let lock = try await clock.lock(lane, in: orderer.folder) {
                takeStored()
                return isDue(clock.now())
            }
            guard let lock else { return }
            defer { withExtendedLifetime(lock) {} }
            // Another process may have been quicker.
            takeStored()
            guard isDue(clock.now()) else { return }
            logger.info("A certificate is asked for: \(title).")
            let issued = try checked(
                try await orderer.order(texts, by: methods, replacing: current?.renewalName)
            )
            try take(issued, obtained: clock.now())
            keep(issued)
            logger.notice(
                "There is a new certificate for \(title), from \(issued.issuer), until \(MomentText.render(issued.notAfter))."
            )
        } catch {
            if !Task.isCancelled { failed(error) }
        }
    }

    /// Not to be able to keep it is no reason to ask for another one.
    private func keep(_ issued: IssuedCertificate) {
        seen = issued.pair
        do { try file.write(issued.pair) } catch {
            seen = file.read()
            logger.error(
                "The certificate for \(title) is lost with the end of this process: \(Sentence.ended("\(error)"))"
            )
        }
    }

    private func checked(_ pair: CertificatePair) throws -> IssuedCertificate {
        do {
            let issued = try IssuedCertificate(pair, for: texts)
            guard issued.notAfter > clock.now() else {
                throw ACMEFailure(
                    "the certificate that the authority has given has expired: is the clock of this machine right?"
                )
            }
            return issued
        } catch let failure as ACMEFailure {
            throw failure
        } catch {
            // The parser's words are its own insides.
            let reason = (error as? IssuedCertificate.Fault)?.description ?? "it is not a certificate in PEM"
            throw ACMEFailure("the certificate that the authority has given for \(title) cannot be used: \(reason)")
        }
    }

    private func failed(_ error: any Error) {
        let reason = error as? ACMEFailure
        let count = (failure?.count ?? 0) + 1
        // What has gone wrong with a certificate that was given is no passing trouble: the next one would cost an order as well.
        let isPassing = reason?.isPassing ?? (error is StateFolder.Problem)
        let delay = BackOff.delay(after: count, isPassing: isPassing, retryAfter: reason?.retryAfter)
        failure = Failure(
            count: count,
            text: "\(error)",
            retryAt: clock.now() + delay,
            isAuthoritative: reason?.retryAfter != nil
        )
        // What does not work one way may work the other.
        if !isPassing, let first = methods.first { methods = methods.dropFirst() + [first] }
        let what = current == nil ? "There is no certificate yet for" : "The certificate could not be renewed for"
        logger.warning(
            "\(what) \(title): \(Sentence.ended("\(error)")) It is tried again in \(MomentText.duration(delay))."
        )
    }

    /// Asks when the authority wants it to be renewed. Not being told is no reason to complain: there is the usual time.
    private func look() async {
        guard let current, let name = current.renewalName else { return lookAt = .max }
        do {
            guard let (info, retryAfter) = try await orderer.renewalInfo(of: name) else {
                return lookAt = clock.now() + RenewalTime.nextLook(after: 86_400)
            }
            lookAt = clock.now() + RenewalTime.nextLook(after: retryAfter)
            guard let window = info.window, !window.contains(renewAt) else {
                return
            }
            var generator = SystemRandomNumberGenerator()
            renewAt = RenewalTime.suggested(window, before: current.notAfter, obtained: obtained, using: &generator)
            let why = info.explanationURL.map { "; see \($0)" } ?? ""
            logger.info("The authority wants \(title) to be renewed at \(MomentText.render(renewAt))\(why).")
        } catch {
            logger.debug("The authority does not say when \(title) is to be renewed: \(error)")
            lookAt = clock.now() + RenewalTime.nextLook(after: (error as? ACMEFailure)?.retryAfter ?? 3600)
        }
    }
}
