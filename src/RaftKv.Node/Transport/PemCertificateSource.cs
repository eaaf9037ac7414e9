using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace RaftKv.Node.Transport;

/// <summary>Certificates in PEM files, read again when one of the files has changed.</summary>
/// <remarks>
/// The files are looked at when a connection needs them, at most once in <see cref="LookInterval"/>. Files that cannot be read or do not
/// fit together, as in the middle of their replacement, leave the earlier certificates in use; the log says so.
/// </remarks>
public sealed class PemCertificateSource : ICertificateSource
{
    private readonly Lock _lock = new();
    private readonly string _certificatePath;
    private readonly string _keyPath;
    private readonly string _rootsPath;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private TransportCertificates _current;
    private string _seen;
    private long _lookedAt;

    /// <summary>Reads the files.</summary>
    /// <param name="certificatePath">The member's certificate; certificates between it and the root may follow it.</param>
    /// <param name="keyPath">The certificate's private key, not encrypted.</param>
    /// <param name="rootsPath">The trusted roots.</param>
    /// <param name="time">Where time comes from; default <see cref="TimeProvider.System"/>.</param>
    /// <param name="logger">Where it is said that files could not be read; default nowhere.</param>
    /// <exception cref="RaftKvException">The files cannot be read or do not fit together; the message says which and why.</exception>
    public PemCertificateSource(
        string certificatePath, string keyPath, string rootsPath, TimeProvider? time = null, ILogger? logger = null)
    {
        (_certificatePath, _keyPath, _rootsPath) = (certificatePath, keyPath, rootsPath);
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
        try
        {
            _seen = Look();
            _current = Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new RaftKvException(Failure(e), WriteOutcome.NotApplied, null, e) { Error = RaftKvError.InvalidOptions };
        }
        _lookedAt = _time.GetTimestamp();
    }

    /// <summary>How long what was read is used without looking at the files.</summary>
    /// <value>Default 10 s; 0 looks for each connection.</value>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public TransportCertificates Current()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_lookedAt) < LookInterval)
                return _current;
            _lookedAt = _time.GetTimestamp();
            try
            {
                string seen = Look();
                if (seen == _seen)
                    return _current;
                _current = Read();
                _seen = seen;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                NodeLog.CertificatesKept(_logger, Failure(e));
            }
            return _current;
        }
    }

    // What tells a changed file without reading it.
    private string Look() => string.Join(' ', new[] { _certificatePath, _keyPath, _rootsPath }.Select(path =>
    {
        FileInfo file = new(path);
        return $"{file.LastWriteTimeUtc.Ticks} {file.Length}";
    }));

    private TransportCertificates Read()
    {
        X509Certificate2Collection chain = [];
        chain.ImportFromPemFile(_certificatePath);
        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(_certificatePath, _keyPath);
        if (chain.Count > 0)
            chain.RemoveAt(0);
        X509Certificate2Collection roots = [];
        roots.ImportFromPemFile(_rootsPath);
        if (roots.Count == 0)
            throw new CryptographicException($"{_rootsPath} holds no certificate");
        return new TransportCertificates { Certificate = certificate, Intermediates = chain, TrustedRoots = roots };
    }

    private string Failure(Exception met) =>
        $"The certificates in {_certificatePath}, {_keyPath} and {_rootsPath} cannot be used: {met.Message}";
}
