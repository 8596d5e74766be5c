%% Settings for LilyPond: write only the melody, as MIDI, and no sheet.
%%
%%     lilypond -dinclude-settings=melody_midi.ily SCORE.ly
%%
%% Grace notes, ornaments and articulation go (they would change the lengths); repeats are played
%% once, with their last ending; markers say where bars begin ("bar") and where a repeat, a double
%% bar or a section begins ("section"), which MIDI alone does not tell.

\version "2.25.12"

#(define (Bar_marker context)
  (let ((section #f))
   (make-performer
    (listeners
     ((volta-repeat-start-event performer event) (set! section #t))
     ((volta-repeat-end-event performer event) (set! section #t))
     ((section-event performer event) (set! section #t))
     ((fine-event performer event) (set! section #t))
     ((bar-event performer event)
      (if (not (member (ly:event-property event 'bar-type "|") '("|" "" "!" "'" ";" "-")))
          (set! section #t))))
    ((process-music performer)
     (let ((start (equal? (ly:context-property context 'measurePosition ZERO-MOMENT)
                          ZERO-MOMENT)))
      (if (or start section)
          (ly:broadcast
           (ly:context-event-source context)
           (ly:make-stream-event
            (ly:make-event-class 'ad-hoc-mark-event)
            `((text . ,(string-append (if start "bar" "")
                                      (if section " section" ""))))))))
     (set! section #f)))))

#(ly:register-translator
  Bar_marker 'Bar_marker
  '((events-accepted . (volta-repeat-start-event volta-repeat-end-event section-event fine-event
                        bar-event))
    (properties-read . (measurePosition))
    (properties-written . ())
    (description . "Write a marker into the MIDI file where a bar or a section begins.")))

#(define (played-once music)
  "Leave out what does not belong to the bare tune; of several endings keep the last."
  (music-map
   (lambda (m)
    (if (memq (ly:music-property m 'name) '(VoltaRepeatedMusic SegnoRepeatedMusic))
        (let ((endings (ly:music-property m 'elements)))
         (if (pair? endings)
             (set! (ly:music-property m 'elements) (list (last endings))))))
    (if (eq? (ly:music-property m 'name) 'SequentialAlternativeMusic)
        (let ((endings (ly:music-property m 'elements)))
         (if (pair? endings)
             (set! (ly:music-property m 'elements) (list (last endings))))))
    (if (eq? (ly:music-property m 'name) 'PercentRepeatedMusic)
        (make-music 'UnfoldedRepeatedMusic m)
        m))
   (music-filter
    (lambda (m)
     (not (memq (ly:music-property m 'name)
                '(GraceMusic ArticulationEvent MultiMeasureArticulationEvent ArpeggioEvent
                  AdHocMarkEvent MarkEvent RehearsalMarkEvent SegnoMarkEvent CodaMarkEvent
                  SectionLabelEvent TextMarkEvent TempoChangeEvent TrillSpanEvent))))
    music)))

unfoldRepeats =
#(define-music-function (types music) ((symbol-list-or-symbol? '()) ly:music?) music)

#(define (midi-only score)
  (let ((bare (ly:make-score (played-once (ly:score-music score))))
        (midi (filter (lambda (d) (eq? 'midi (ly:output-def-lookup d 'output-def-kind)))
                      (ly:score-output-defs score))))
   (if (pair? midi)
       (begin
        (ly:score-add-output-def! bare (ly:output-def-clone tunesMidi))
        bare)
       #f)))

tunesMidi = \midi {
  \context { \Score \remove Mark_performer \consists Bar_marker \consists Mark_performer }
}

#(define (toplevel-score-handler score)
  (let ((bare (midi-only score)))
   (if bare (collect-scores-for-book bare))))
#(define (book-score-handler book score)
  (let ((bare (midi-only score)))
   (if bare (ly:book-add-score! book bare))))
#(define bookpart-score-handler book-score-handler)
