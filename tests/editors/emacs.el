;;; Emacs with eglot as a client: diagnostics, a fix, an ignored finding, hover.  -*- lexical-binding: t -*-
;; The folder is in FOLDER, the program in LAMBLINT.

;; `-Q' leaves out the folders of Debian's packages.
(let ((default-directory "/usr/share/emacs/site-lisp/elpa/"))
  (when (file-directory-p default-directory)
    (normal-top-level-add-subdirs-to-load-path)))
(require 'eglot)
(require 'flymake)
(setq eglot-sync-connect 20 eglot-connect-timeout 20 make-backup-files nil create-lockfiles nil)
(define-derived-mode dockerfile-mode prog-mode "Dockerfile")
(add-to-list 'eglot-server-programs
             `(dockerfile-mode . (,(getenv "LAMBLINT") "server"
                                  :initializationOptions (:today "2026-11-24" :shellcheck "off"))))

(defun fail (format &rest words)
  (message "emacs: %s" (apply #'format format words))
  (kill-emacs 1))

(defun said ()
  "The texts of what is shown, with the bytes that each is about."
  (mapcar (lambda (one)
            (cons (flymake-diagnostic-text one)
                  (buffer-substring-no-properties (flymake-diagnostic-beg one) (flymake-diagnostic-end one))))
          (flymake-diagnostics)))

(defun shows (code)
  (cl-find-if (lambda (one) (string-match-p code (car one))) (said)))

(defun await (what condition)
  (with-timeout (20 (fail "%s: %S" what (said)))
    (while (not (funcall condition))
      ;; A change is sent when Emacs is idle, which it never is without a terminal.
      (eglot--signal-textDocument/didChange)
      (accept-process-output nil 0.05)
      (flymake-start))))

(defun action (start end title)
  "The action with a TITLE, from START to END."
  (let* ((server (eglot-current-server))
         (range (list :start (eglot--pos-to-lsp-position start) :end (eglot--pos-to-lsp-position end)))
         (all (jsonrpc-request server :textDocument/codeAction
                               (list :textDocument (eglot--TextDocumentIdentifier) :range range
                                     :context (list :diagnostics [] :only ["quickfix"])))))
    (or (cl-find-if (lambda (one) (string-match-p title (plist-get one :title))) all)
        (fail "no action %s" title))))

(defun apply-action (action)
  (eglot--apply-workspace-edit (plist-get action :edit)))

(defun line-with (text)
  (goto-char (point-min))
  (search-forward text)
  (cons (line-beginning-position) (line-end-position)))

(condition-case why
    (progn
      (find-file (expand-file-name "Dockerfile" (getenv "FOLDER")))
      (set-buffer-file-coding-system 'utf-8-unix)
      (dockerfile-mode)
      (apply #'eglot--connect (eglot--guess-contact))
      (await "no diagnostics" (lambda () (and (shows "LL203") (shows "LL401"))))
      (unless (equal (cdr (shows "AWS_REGION")) "AWS_REGION=x")
        (fail "another place: %S" (shows "AWS_REGION")))
      (let ((line (line-with "CMD ")))
        (apply-action (action (car line) (cdr line) "^LL203: .*exec form")))
      (await "the fix does not fix" (lambda () (not (shows "LL203"))))
      (let ((line (line-with "FROM ")))
        (apply-action (action (car line) (cdr line) "^LL401: ignore here")))
      (await "it is not ignored" (lambda () (not (shows "LL401"))))
      (unless (string-prefix-p "# lamblint: ignore=LL401\nFROM " (buffer-string))
        (fail "no comment: %s" (buffer-string)))
      (let* ((line (line-with "FROM "))
             (hover (jsonrpc-request (eglot-current-server) :textDocument/hover
                                     (list :textDocument (eglot--TextDocumentIdentifier)
                                           :position (eglot--pos-to-lsp-position (+ 10 (car line))))))
             (text (plist-get (plist-get hover :contents) :value)))
        (unless (string-match-p "python3.8" (or text ""))
          (fail "no hover: %S" hover)))
      (ignore-errors (eglot-shutdown (eglot-current-server)))
      (message "emacs: diagnostics, a fix, an ignored finding and hover")
      (set-buffer-modified-p nil)
      (kill-emacs 0))
  (error (fail "%S" why)))
